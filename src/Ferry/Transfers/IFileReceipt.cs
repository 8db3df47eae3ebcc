namespace Ferry.Transfers;

/// <summary>Gets the receiver's word about a file that was sent; an offer whose protocol has one gives it.</summary>
internal interface IFileReceipt
{
    /// <summary>All bytes have been written and the source has not changed: this is the whole file's SHA-256.</summary>
    void Sent(byte[] sha256);

    /// <summary>Called once the channel has ended in order: waits for the receiver's word, for a bounded time.</summary>
    Task<FileVerdict> ConfirmAsync(CancellationToken cancellationToken);
}
