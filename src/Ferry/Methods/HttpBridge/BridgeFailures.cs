using System.Net;

namespace Ferry.Methods.HttpBridge;

/// <summary>What a bridge's statuses mean.</summary>
internal static class BridgeFailures
{
    public static MethodFailure Of(HttpStatusCode status) => (int)status switch
    {
        408 => new MethodFailure(FailureReason.Stalled, Side.Here, "the bridge waited too long for our bytes"),
        410 => new MethodFailure(FailureReason.CancelledByPeer, Side.Peer, "the other end of the bridge has gone"),
        413 => new MethodFailure(FailureReason.TooLarge, Side.Server, "the file is too large for the bridge"),
        429 => new MethodFailure(FailureReason.Quota, Side.Server, "the bridge carries no more of ours today"),
        504 => new MethodFailure(FailureReason.Timeout, Side.Peer, "the other end of the bridge did not come in time"),
        503 => new MethodFailure(FailureReason.NoMethod, Side.Server, "the bridge stops"),
        507 => new MethodFailure(FailureReason.NoMethod, Side.Server, "the bridge has no room to keep the file"),
        var other => new MethodFailure(FailureReason.NoMethod, Side.Server, $"the bridge answered with status {other}"),
    };

    public static MethodFailure Of(Exception broken) => new(FailureReason.StreamLost, Side.Network, $"the connection to the bridge broke: {broken.Message}");
}
