using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Tests.Fakes;

/// <summary>Ends of transfers.</summary>
internal static class Outcomes
{
    public static Outcome Done(string transfer, Jid peer, string name) => new()
    {
        Transfer = transfer,
        Peer = peer.IsFull ? peer : peer.WithResource("found"),
        Name = name,
        Bytes = 3_000_000,
        Sha256 = new string('a', 64),
        Offer = "si",
        Method = "s5b-direct",
        Duration = TimeSpan.FromSeconds(1.5),
    };

    public static Outcome Failed(string transfer, Jid peer, string name, FailureReason reason, params string[] resources) => new()
    {
        Transfer = transfer,
        Peer = peer,
        Name = name,
        Failure = new Failure(reason, Phase.Offering, Side.Peer, $"It ended with {reason.Name()}.", Resources: resources.Length > 0 ? [.. resources.Select(Jid.Parse)] : null),
    };
}
