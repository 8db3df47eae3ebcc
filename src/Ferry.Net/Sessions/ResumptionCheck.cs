using System.Text;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>What a <see cref="ResumptionCheck"/> found.</summary>
internal enum Hearing
{
    /// <summary>The server reads the stream.</summary>
    Hears,

    /// <summary>It does again: it has counted the oldest stanza and refused it, which must be sent once more.</summary>
    HearsAgain,

    /// <summary>The connection ended meanwhile; nothing is decided.</summary>
    Broken,

    /// <summary>It does not; this stream cannot go on.</summary>
    Deaf,
}

/// <summary>
/// Makes sure that a server which says that it goes on with a stream (XEP-0198 section 5) also reads it, before anything is sent again.
/// <para>
/// Prosody 0.12.3 hands what comes over the new connection to the XML parser of the session's first one: handle_resume in mod_smacks.lua takes over
/// the connection, the filters and the stream, but not <c>session.data</c>, the closure of mod_c2s.lua that feeds the parser. Where the cut fell into
/// a stanza that parser waits for its rest, swallows everything that follows, and the stream is silent for ever.
/// </para>
/// <para>
/// So <c>r</c> goes first, which every server answers at once. Where it does not, the half stanza is ended in such a way that it is refused: a request with
/// two children is <c>bad-request</c> at the sender's own server (RFC 6120 section 8.2.3), and its addressee never sees it. That is tried where nearly all bytes
/// are: inside the text of a request's payload, an in-band block.
/// </para>
/// </summary>
internal sealed class ResumptionCheck(XmppStream stream, Element oldest, TimeProvider time)
{
    /// <summary>The longest silence. Long, since a server that only thinks takes the mending for an error of ours.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>The longest silence where nothing can be mended: a stream is not given up because a busy server takes its time.</summary>
    public static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(30);

    /// <summary>What the server may send before it answers: about what it keeps unacknowledged.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private readonly List<Element> _early = [];
    private Task<StreamRead>? _reading;
    private long _bytes;

    /// <summary>What came meanwhile, to be handled as if it came now.</summary>
    public IReadOnlyList<Element> Early => _early;

    /// <summary>Whether the server's refusal of what it had half of came: a stanza to be counted, and to be told nobody.</summary>
    public bool Refused { get; private set; }

    /// <summary>Runs it.</summary>
    public async Task<Hearing> RunAsync(CancellationToken cancellationToken)
    {
        var rest = Rest(oldest);
        if (await AskAsync(default, rest is null ? LongPatience : Patience, cancellationToken).ConfigureAwait(false) is { } first) return first;
        if (rest is null) return Hearing.Deaf;
        var second = await AskAsync(rest, Patience, cancellationToken).ConfigureAwait(false);
        // From here on nobody knows what the server has counted, unless it says so.
        return second == Hearing.Hears && Refused ? Hearing.HearsAgain : Hearing.Deaf;
    }

    /// <summary>What ends a request inside its payload's text, and makes it one that no server passes on; null where that cannot be.</summary>
    private static byte[]? Rest(Element half)
    {
        if (half.Name != "iq" || half.Attribute("type") is not ("set" or "get") || half.FirstChild is not { TextLength: > 0, FirstChild: null } payload) return null;
        return Encoding.UTF8.GetBytes($"</{payload.Name}><spoilt xmlns='urn:ferry:spoilt'/></iq>");
    }

    // Null: silence.
    private async Task<Hearing?> AskAsync(ReadOnlyMemory<byte> before, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            stream.Append(before.Span);
            await stream.WriteAsync(StreamManagement.Request, cancellationToken).AsTask().WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                _reading ??= stream.ReadAsync(cancellationToken).AsTask();
                var read = await _reading.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
                _reading = null;
                if (Look(read) is { } found) return found;
            }
        }
        catch (TimeoutException)
        {
            return null;
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            return Hearing.Broken;
        }
    }

    private Hearing? Look(StreamRead read)
    {
        _bytes += read.Bytes;
        if (read.Kind != StreamReadKind.Element || read.Element!.Is(Namespaces.Streams, "error")) return Hearing.Broken;
        if (read.Element.Is(Namespaces.StreamManagement, "a")) return Hearing.Hears;
        if (_bytes > MostBytes) return Hearing.Deaf;
        if (IsRefusal(read.Element)) Refused = true;
        else _early.Add(read.Element);
        return null;
    }

    private bool IsRefusal(Element element) =>
        !Refused && Iq.TryParse(element, out var iq) && iq.Error is { Condition: ErrorCondition.BadRequest }
        && element.Attribute("id") == oldest.Attribute("id") && element.Attribute("from") == oldest.Attribute("to");
}
