using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Cli.Reports;

/// <summary>Tells a person or a script what happens. Members may be called from any thread.</summary>
internal interface ITransferReport : IDisposable
{
    /// <summary>Logged in.</summary>
    void Ready(Jid jid);

    /// <summary>Logged in, and sharing.</summary>
    void Sharing(Jid jid, IReadOnlyList<string> shares, int files);

    /// <summary>The index has everything that is shared.</summary>
    void Published(Jid index, int files);

    /// <summary>The connection broke, or is back.</summary>
    void Changed(ConnectionChange change);

    /// <summary>A file is offered.</summary>
    void Offered(string transfer, Jid peer, string name, long? bytes, string offer, IReadOnlyList<FileThumbnail>? thumbnails = null);

    /// <summary>A way is tried.</summary>
    void Attempted(Attempt attempt);

    /// <summary>Bytes move.</summary>
    void Progressed(TransferProgress progress);

    /// <summary>A transfer ended.</summary>
    void Ended(Outcome outcome);

    /// <summary>Something failed before there was a transfer.</summary>
    void Failed(Failure failure, Jid? peer = null, string? name = null);

    /// <summary>Keeps the terminal free for a question until the result is disposed of.</summary>
    IDisposable? Pause();
}
