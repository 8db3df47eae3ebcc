using Ferry.Protocol.Addressing;

namespace Ferry.Requests;

/// <summary>
/// Answers peers who ask for a file, by whichever protocol they ask: a share implements it, the offers call it. Rate, addresses and the transfer itself are the
/// caller's business; who may have what is decided here only.
/// </summary>
internal interface IFileRequests
{
    /// <summary>
    /// Whether this account may ask at all. Called on the session's reader for what strangers send: must return at once. Everybody else is answered as by a
    /// client that serves nothing.
    /// </summary>
    bool MayAsk(Jid asker);

    /// <summary>
    /// Opens what is asked for. Null, and nothing else, where it is not there, is not one file, or is not for this asker: nobody learns which. The caller
    /// disposes of it. Must not throw but for cancellation.
    /// </summary>
    Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken);
}
