using System.Collections.Concurrent;
using System.Text;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Methods.InBand;

/// <summary>
/// In-band bytestreams (XEP-0047): the bytes go through the servers, in iqs or messages. Always works, seldom fast: the last resort. Stanzas
/// of a stream are handed to the one loop that owns it, by the peer's full address and the stream's id.
/// </summary>
internal sealed class InBandMethod(FerryOptions options, PresenceBook presence) : IStreamMethod
{
    /// <summary>The method's name.</summary>
    public const string Name = MethodNames.InBand;

    /// <summary>Bytes of a block in the first open to peers of which nothing is known: every client takes it.</summary>
    public const int SafeBlockSize = 4096;

    /// <summary>
    /// What fits where a server tells no limit. Every server takes 10,000 bytes (RFC 6120 section 13.12), but Prosody writes 8192 at a time, and holds
    /// the rest of a longer stanza back until the first part is acknowledged (Nagle; decisions 0009 and 0013). With the id, which is short, with <c>xml:lang</c>, which it adds,
    /// and with the request for an acknowledgement behind it this is just less than 8192.
    /// </summary>
    private const int ComfortableStanzaBytes = 8230;

    /// <summary>More than a request's id, and what the tags take if a server counts them otherwise.</summary>
    private const int Spare = 128;

    // Its base64 is shorter than the 85,000 bytes from which on .NET collects an array only together with everything else.
    private const int LargestBlockSize = 60 * 1024;

    /// <summary>Streams that ended lately, whose close is still answered in order.</summary>
    private const int RememberedStreams = 256;

    private readonly ConcurrentDictionary<(Jid Peer, string Sid), IInBandStream> _streams = new();
    private readonly ConcurrentQueue<(Jid Peer, string Sid, bool Kept)> _ended = new();
    private StanzaSession? _session;

    /// <inheritdoc/>
    public string Feature => Namespaces.InBandBytestreams;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [Name];

    private StanzaSession Session => _session ?? throw new InvalidOperationException("not attached");

    /// <inheritdoc/>
    public void Attach(StanzaSession session, OpenRequests opens)
    {
        _session = session;
        session.OnIq(Namespaces.InBandBytestreams, "open", iq =>
        {
            if (iq.Type != IqType.Set || iq.From is null) return iq.Refuse(ErrorType.Cancel, ErrorCondition.BadRequest);
            if (!InBandOpen.TryParse(iq.Payload!, out var open, out var error)) return iq.Refuse(error);
            // A smaller one may follow, so whoever expects the stream goes on expecting it.
            if (open.BlockSize > MaxBlockSize) return iq.Refuse(InBandErrors.BlockTooLarge);
            if (_streams.ContainsKey((iq.From, open.Sid))) return iq.Refuse(InBandErrors.OutOfOrder);
            return opens.Deliver(new OpenRequest(this, open.Sid, iq, InBandErrors.NotWanted));
        });
        session.OnIq(Namespaces.InBandBytestreams, "data", iq => Find(iq, InBandData.SidOf(iq.Payload!)) is { } stream ? stream.Data(iq) : iq.Refuse(InBandErrors.UnknownStream));
        session.OnIq(Namespaces.InBandBytestreams, "close", Close);
        session.OnMessage(Namespaces.InBandBytestreams, "data", (message, data) => Find(message.From, InBandData.SidOf(data))?.Data(data));
    }

    /// <inheritdoc/>
    public bool CanReach(Peer peer) => peer.MayHave(Feature);

    /// <inheritdoc/>
    public string? Objection(Peer peer, long? length) => peer.Traits.MostInBandBytes is { } most && length > most
        ? $"{peer.Traits.Name} takes no more than {most} bytes in-band"
        : null;

    /// <inheritdoc/>
    public Task<MethodResult> OpenAsync(StreamOpening opening, CancellationToken cancellationToken) => SendAsync(opening, SenderOptions(opening) with { AwaitsWord = opening.Peer.Traits.ConfirmsHashes }, null, cancellationToken);

    /// <summary>The same with blocks of a size that was agreed on.</summary>
    public Task<MethodResult> OpenAsync(StreamOpening opening, int blockSize, CancellationToken cancellationToken) =>
        SendAsync(opening, SenderOptions(opening) with { BlockSize = blockSize }, null, cancellationToken);

    /// <summary>
    /// Answers the peer's open by sending: under Jingle who opens need not be who sends. The open bounds the blocks, what was agreed on before does, too.
    /// </summary>
    public async Task<MethodResult> AnswerToSendAsync(OpenRequest request, StreamOpening opening, int agreed, CancellationToken cancellationToken)
    {
        if (!InBandOpen.TryParse(request.Iq.Payload!, out var open, out _)) throw new InvalidOperationException("an open was delivered that cannot be read");
        var blockSize = Math.Min(open.BlockSize, agreed);
        return await SendAsync(opening, SenderOptions(opening) with { BlockSize = blockSize, Stanza = InBandStanza.Iq }, request.Iq, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a stream in order to receive.</summary>
    public async Task<MethodResult> OpenToReceiveAsync(StreamOpening opening, int blockSize, CancellationToken cancellationToken)
    {
        opening.Report(Name, AttemptResult.Started, null);
        var receiver = new InBandReceiveStream(Session, opening, ReceiverOptions(opening), options.TimeProvider, presence, Ended);
        if (!_streams.TryAdd((opening.Peer.Jid, opening.Sid), receiver)) throw new InvalidOperationException("the stream is open already");
        var failure = await receiver.AskAsync(new InBandOpen(opening.Sid, blockSize), options.AtMost(TimeSpan.FromSeconds(30)), cancellationToken).ConfigureAwait(false);
        opening.Report(Name, failure is null ? AttemptResult.Chosen : AttemptResult.Failed, failure?.Text);
        if (failure is null) return new InBandChannel(receiver, options.InBandIdleTimeout, InBandReceiveStream.BufferSize);
        await receiver.DisposeAsync().ConfigureAwait(false);
        return failure;
    }

    /// <summary>The size of blocks that we propose under Jingle, as large as under stream initiation; whoever answers may only lower it.</summary>
    public int JingleBlockSize(Peer peer, string sid) => JingleBlockSize(Session.Jid, peer, sid, Session.ServerMaxStanzaBytes);

    /// <summary>Refuses a request that came for this stream by another method.</summary>
    public async Task RefuseAsync(OpenRequest request) => await Session.SendAsync(request.Iq.Refuse(request.Refusal).ToElement(), CancellationToken.None).ConfigureAwait(false);

    private async Task<MethodResult> SendAsync(StreamOpening opening, InBandSenderOptions senderOptions, Iq? asked, CancellationToken cancellationToken)
    {
        opening.Report(Name, AttemptResult.Started, null);
        var sender = new InBandSendStream(Session, opening, senderOptions, options.TimeProvider, presence, Ended, asked);
        if (!_streams.TryAdd((opening.Peer.Jid, opening.Sid), sender)) throw new InvalidOperationException("the stream is open already");
        var failure = await sender.OpenAsync(cancellationToken).ConfigureAwait(false);
        opening.Report(Name, failure is null ? AttemptResult.Chosen : AttemptResult.Failed, failure?.Text);
        if (failure is null) return new InBandChannel(sender, options.InBandIdleTimeout, sender.BufferSize);
        await sender.DisposeAsync().ConfigureAwait(false);
        return failure;
    }

    /// <inheritdoc/>
    public async Task<MethodResult> AnswerAsync(OpenRequest request, StreamOpening opening, CancellationToken cancellationToken)
    {
        if (!InBandOpen.TryParse(request.Iq.Payload!, out var open, out _)) throw new InvalidOperationException("an open was delivered that cannot be read");
        opening.Report(Name, AttemptResult.Started, null);
        var receiver = new InBandReceiveStream(Session, opening, ReceiverOptions(opening), options.TimeProvider, presence, Ended);
        if (!_streams.TryAdd((opening.Peer.Jid, opening.Sid), receiver)) throw new InvalidOperationException("the stream is open already");
        var failure = await receiver.OpenAsync(request.Iq, open, cancellationToken).ConfigureAwait(false);
        opening.Report(Name, failure is null ? AttemptResult.Chosen : AttemptResult.Failed, failure?.Text);
        if (failure is null) return new InBandChannel(receiver, options.InBandIdleTimeout, InBandReceiveStream.BufferSize);
        await receiver.DisposeAsync().ConfigureAwait(false);
        return failure;
    }

    private int MaxBlockSize => Session.ServerMaxStanzaBytes is { } max ? Math.Clamp(WhatFits(max), SafeBlockSize, InBandOpen.MaxBlockSize) : InBandOpen.MaxBlockSize;

    private InBandSenderOptions SenderOptions(StreamOpening opening) => new(
        BlockSize(Session.Jid, opening.Peer, opening.Sid, Session.ServerMaxStanzaBytes),
        options.InBandMessages && opening.Peer.Traits.TakesInBandMessages ? InBandStanza.Message : InBandStanza.Iq)
    {
        ExpectedBytes = opening.Length,
        AckTimeout = options.InBandIdleTimeout < TimeSpan.FromSeconds(60) ? options.InBandIdleTimeout : TimeSpan.FromSeconds(60),
        OpenTimeout = options.AtMost(TimeSpan.FromSeconds(30)),
        // A receiver that tells whether it kept the file may write it to the disk first.
        CloseTimeout = opening.Peer.Traits.ConfirmsHashes ? options.InBandIdleTimeout : options.AtMost(TimeSpan.FromSeconds(10)),
        TellsWhetherKept = opening.Peer.Traits.ConfirmsHashes,
        ReturnTimeout = options.InBandIdleTimeout,
    };

    private InBandReceiverOptions ReceiverOptions(StreamOpening opening) => new(
        opening.Length,
        MaxBlockSize: MaxBlockSize,
        SkipsLastSeq: opening.Peer.Traits.SkipsLastSeq)
    {
        IdleTimeout = options.InBandIdleTimeout,
    };

    /// <summary>
    /// Bytes of a block in the first open. Large ones only where nobody between us can choke on them: one server, whose limit is known or at least what
    /// every server has to take, and a peer that is known to take them.
    /// </summary>
    internal static int BlockSize(Jid own, Peer peer, string sid, int? serverMaxStanzaBytes) =>
        peer.Jid.Domain == own.Domain
            ? Math.Clamp(WhatFits(own, peer, sid, serverMaxStanzaBytes ?? ComfortableStanzaBytes), SafeBlockSize, Math.Clamp(peer.Traits.LargestInBandBlock, SafeBlockSize, LargestBlockSize))
            : SafeBlockSize;

    /// <summary>The same under Jingle, where the schema's number is smaller.</summary>
    internal static int JingleBlockSize(Jid own, Peer peer, string sid, int? serverMaxStanzaBytes) =>
        Math.Min(BlockSize(own, peer, sid, serverMaxStanzaBytes), InBandTransport.MostBlockSize);

    // Addresses may be long, and their characters become longer by being escaped: so it is written once without bytes.
    private static int WhatFits(Jid own, Peer peer, string sid, int maxStanza)
    {
        var around = new Iq(IqType.Set, "", own, peer.Jid, InBandData.ToElement(sid, ushort.MaxValue, [])).ToElement();
        return (maxStanza - Encoding.UTF8.GetByteCount(around.ToString()) - Spare) / 4 * 3;
    }

    private static int WhatFits(int maxStanza) => (maxStanza - 512) / 4 * 3;

    private Iq? Close(Iq iq)
    {
        var sid = iq.Payload!.Attribute("sid");
        if (Find(iq, sid) is { } stream) return stream.Close(iq);
        var ended = _ended.LastOrDefault(stream => stream.Peer == iq.From && stream.Sid == sid);
        if (ended.Sid is null) return iq.Refuse(InBandErrors.UnknownStream);
        return ended.Kept ? iq.Result() : iq.Refuse(InBandErrors.NotKept);
    }

    private IInBandStream? Find(Iq iq, string? sid) => iq.Type == IqType.Set ? Find(iq.From, sid) : null;

    private IInBandStream? Find(Jid? from, string? sid) =>
        from is not null && sid is not null && _streams.TryGetValue((from, sid), out var stream) ? stream : null;

    private void Ended(Jid peer, string sid, bool kept)
    {
        if (!_streams.TryRemove((peer, sid), out _)) return;
        _ended.Enqueue((peer, sid, kept));
        while (_ended.Count > RememberedStreams) _ended.TryDequeue(out _);
    }
}
