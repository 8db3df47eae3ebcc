namespace Ferry.Transfers;

/// <summary>Which way the file goes, seen from here.</summary>
internal enum TransferDirection
{
    Send,
    Receive,
}
