using Ferry.Protocol.Xml;

namespace Ferry.Methods;

/// <summary>
/// One transport of one content. Either we propose it (<see cref="DescribeAsync"/>, then <see cref="Take"/> with the peer's answer), or the peer does
/// (<see cref="Take"/>, then <see cref="DescribeAsync"/> for our answer); then <see cref="RunAsync"/>. What the peer tells meanwhile comes by
/// <see cref="Hear"/>, before the run as well. Disposed of when the session has ended: whatever is open besides the stream stays open until then, since
/// Gajim takes the end of any of its connections for the end of the file.
/// </summary>
internal abstract class JingleTransportAttempt : IAsyncDisposable
{
    /// <summary>Our side of it, which is ready for the peer from here on. With <paramref name="proposing"/> it opens the exchange.</summary>
    public abstract Task<Element> DescribeAsync(bool proposing, CancellationToken cancellationToken);

    /// <summary>The peer's side of it; false where it cannot be used.</summary>
    public abstract bool Take(Element theirs);

    /// <summary>A transport-info of the peer's. Returns at once; what is not understood is ignored.</summary>
    public abstract void Hear(Element info);

    /// <summary>Opens the stream. Cancelling gives it up and throws.</summary>
    public abstract Task<MethodResult> RunAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
