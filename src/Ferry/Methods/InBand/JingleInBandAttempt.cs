using Ferry.Net.Sessions;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Methods.InBand;

/// <summary>One in-band stream under Jingle: the session's initiator opens it, whoever of the two sends.</summary>
internal sealed class JingleInBandAttempt(InBandMethod method, OpenRequests opens, JingleTransportTerms terms, FerryOptions options) : JingleTransportAttempt
{
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(60);

    private string? _sid;
    private int? _blockSize;
    private OpenRequests.Expectation? _expectation;

    /// <inheritdoc/>
    public override Task<Element> DescribeAsync(bool proposing, CancellationToken cancellationToken)
    {
        _sid ??= RandomId.Create(26);
        _blockSize = Math.Min(_blockSize ?? int.MaxValue, method.JingleBlockSize(terms.Peer, _sid));
        // From here on it may be opened.
        if (terms.Role == JingleRole.Responder) _expectation ??= opens.Expect(terms.Peer.Jid, _sid);
        return Task.FromResult(new InBandTransport(_sid, _blockSize.Value).ToElement());
    }

    /// <inheritdoc/>
    public override bool Take(Element theirs)
    {
        if (!InBandTransport.TryParse(theirs, out var transport) || (_sid is not null && transport.Sid != _sid)) return false;
        _sid = transport.Sid;
        _blockSize = Math.Min(_blockSize ?? int.MaxValue, transport.BlockSize);
        return true;
    }

    /// <inheritdoc/>
    public override void Hear(Element info)
    {
        // This transport has nothing to tell.
    }

    /// <inheritdoc/>
    public override async Task<MethodResult> RunAsync(CancellationToken cancellationToken)
    {
        var opening = new StreamOpening(_sid!, terms.Peer, terms.Allowed(), terms.Length(), terms.Report);
        if (terms.Role == JingleRole.Initiator)
        {
            return terms.Sending
                ? await method.OpenAsync(opening, _blockSize!.Value, cancellationToken).ConfigureAwait(false)
                : await method.OpenToReceiveAsync(opening, _blockSize!.Value, cancellationToken).ConfigureAwait(false);
        }

        if (_expectation is null) return new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer uses a stream's id twice");
        return await AwaitOpenAsync(opening, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _expectation?.Dispose();
        return default;
    }

    private async Task<MethodResult> AwaitOpenAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.AtMost(OpenTime), options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (true)
            {
                var request = await _expectation!.Requests.ReadAsync(both.Token).ConfigureAwait(false);
                if (request.Method != method)
                {
                    await method.RefuseAsync(request).ConfigureAwait(false);
                    continue;
                }

                _expectation.Dispose();
                return terms.Sending
                    ? await method.AnswerToSendAsync(request, opening, _blockSize!.Value, cancellationToken).ConfigureAwait(false)
                    : await method.AnswerAsync(request, opening, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MethodFailure(FailureReason.Timeout, Side.Peer, "the peer did not open the in-band stream");
        }
    }
}
