using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Methods.InBand;

/// <summary>
/// One stream's owner loop as the stanza handlers see it. They run on the session's reader: each call posts to the loop and returns at once;
/// what it returns is sent as the answer, null means that the loop answers.
/// </summary>
internal interface IInBandStream : IAsyncDisposable
{
    /// <summary>The bytes.</summary>
    Stream Bytes { get; }

    /// <summary>Completes with the stream: null when it went across, else why not.</summary>
    Task<MethodFailure?> Over { get; }

    /// <summary>A block came by iq.</summary>
    Iq? Data(Iq iq);

    /// <summary>A block came by message.</summary>
    void Data(Element data);

    /// <summary>A close came.</summary>
    Iq? Close(Iq iq);

    /// <summary>Waits for the end in order; see <see cref="ByteChannel.CompleteAsync"/>.</summary>
    Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Ends it in the middle.</summary>
    Task AbortAsync();
}
