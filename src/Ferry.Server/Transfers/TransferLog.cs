using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Transfers;

/// <summary>The one line at a transfer's end. Addresses go in as <see cref="Jid"/>, so that the log's writer decides how much of them is shown.</summary>
public static partial class TransferLog
{
    public static void Ended(ILogger logger, TransferEnd end) =>
        Ended(logger, end.Requester, end.Target, end.Method, end.Bytes, Math.Round(end.Duration.TotalSeconds, 3), end.Ending);

    [LoggerMessage(1, LogLevel.Information, "transfer from {Requester} to {Target} by {Method}: {Bytes} bytes in {Seconds} s, {Ending}", EventName = "transfer-ended")]
    private static partial void Ended(ILogger logger, Jid requester, Jid target, string method, long bytes, double seconds, string ending);
}
