using Ferry.Methods;
using Ferry.Peers;

namespace Ferry.Offers;

/// <summary>Why no method is left for a file, said before anything is offered.</summary>
internal static class MethodObjections
{
    /// <summary>The failure's outcome: what the peer lacks, or what its client cannot do with a file of that length.</summary>
    public static Outcome Fail(IReadOnlyList<IStreamMethod> allowed, Peer peer, long? length, OfferTerms terms)
    {
        var objections = allowed.Where(method => method.CanReach(peer)).Select(method => method.Objection(peer, length)).OfType<string>().ToList();
        return objections.Count == 0
            ? terms.Report.Fail(FailureReason.NoMethod, Phase.Finding, Side.Peer, $"{peer.Jid} has none of the methods {string.Join(", ", terms.Methods)}")
            : terms.Report.Fail(
                FailureReason.NoMethod, Phase.Finding, Side.Peer, $"{string.Join("; ", objections)}, and the file has {length}", "allow another method with --via");
    }
}
