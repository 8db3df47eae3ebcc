using System.Collections.Frozen;

namespace Ferry.Protocol.Transfers;

/// <summary>The one table of reasons: their names for scripts and their exit codes.</summary>
public static class FailureReasons
{
    /// <summary>The exit code when everything succeeded.</summary>
    public const int Done = 0;

    /// <summary>The exit code when several files were asked for and they ended for different reasons.</summary>
    public const int SomeFailed = 3;

    /// <summary>The exit code after SIGINT; also of <see cref="FailureReason.Cancelled"/>.</summary>
    public const int Interrupted = 130;

    /// <summary>The exit code after SIGTERM.</summary>
    public const int Terminated = 143;

    private static readonly (FailureReason Reason, string Name, int ExitCode)[] Table =
    [
        (FailureReason.Protocol, "protocol", 1),
        (FailureReason.Internal, "internal", 1),
        (FailureReason.Usage, "usage", 2),
        (FailureReason.AmbiguousPeer, "ambiguous-peer", 2),
        (FailureReason.Refused, "refused", 4),
        (FailureReason.CancelledByPeer, "cancelled-by-peer", 4),
        (FailureReason.Absent, "absent", 5),
        (FailureReason.NoMethod, "no-method", 6),
        (FailureReason.NotSupported, "not-supported", 6),
        (FailureReason.Mismatch, "mismatch", 7),
        (FailureReason.Timeout, "timeout", 8),
        (FailureReason.Stalled, "stalled", 8),
        (FailureReason.DiskFull, "disk-full", 9),
        (FailureReason.Permission, "permission", 9),
        (FailureReason.Exists, "exists", 9),
        (FailureReason.Io, "io", 9),
        (FailureReason.SourceChanged, "source-changed", 9),
        (FailureReason.Connect, "connect", 10),
        (FailureReason.Tls, "tls", 10),
        (FailureReason.Auth, "auth", 10),
        (FailureReason.StreamLost, "stream-lost", 10),
        (FailureReason.TooLarge, "too-large", 11),
        (FailureReason.Quota, "quota", 11),
        (FailureReason.Cancelled, "cancelled", Interrupted),
    ];

    private static readonly FrozenDictionary<FailureReason, (string Name, int ExitCode)> ByReason =
        Table.ToFrozenDictionary(row => row.Reason, row => (row.Name, row.ExitCode));

    /// <summary>Every reason, in the table's order.</summary>
    public static IEnumerable<FailureReason> All => Table.Select(row => row.Reason);

    /// <summary>The reason's name in events and documents, for example <c>no-method</c>.</summary>
    public static string Name(this FailureReason reason) => ByReason[reason].Name;

    /// <summary>The exit code of a command that ended for this reason.</summary>
    public static int ExitCode(this FailureReason reason) => ByReason[reason].ExitCode;
}
