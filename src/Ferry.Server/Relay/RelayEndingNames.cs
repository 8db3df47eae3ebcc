using Ferry.Net.Relaying;

namespace Ferry.Server.Relay;

/// <summary>The words for logs and metrics.</summary>
internal static class RelayEndingNames
{
    public static string Name(this RelayEnding ending) => ending switch
    {
        RelayEnding.Done => "done",
        RelayEnding.FirstLost or RelayEnding.SecondLost => "peer-lost",
        RelayEnding.Idle => "idle",
        RelayEnding.TooLarge => "too-large",
        RelayEnding.Cancelled => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(ending)),
    };
}
