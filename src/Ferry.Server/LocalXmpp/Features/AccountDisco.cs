using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Accounts;
using Ferry.Server.Requests;

namespace Ferry.Server.LocalXmpp.Features;

/// <summary>
/// Service discovery of an account's bare address (XEP-0030 section 8): for itself and for those who may see it. Everybody else gets the answer
/// of an account that does not exist.
/// </summary>
internal static class AccountDisco
{
    public sealed class Info(Router router, RosterStore rosters) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoInfo;

        public IReadOnlyList<string> Features => [Namespaces.DiscoInfo];

        public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
        {
            if (!await MayAskAsync(rosters, request, cancellationToken).ConfigureAwait(false)) return Unknown(request);
            return DiscoQuery.Refusal(request)
                ?? request.Iq.Result(DiscoQuery.Info(("account", "registered", null), router.AccountFeatures.Features));
        }
    }

    public sealed class Items(SessionRegistry sessions, RosterStore rosters) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoItems;

        public IReadOnlyList<string> Features => [Namespaces.DiscoItems];

        public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
        {
            if (!await MayAskAsync(rosters, request, cancellationToken).ConfigureAwait(false)) return Unknown(request);
            if (DiscoQuery.Refusal(request) is { } refusal) return refusal;
            var items = sessions.Of(request.To).Where(session => session.Available)
                .Select(session => new Element(Namespaces.DiscoItems, "item", ("jid", session.From))).ToArray();
            return request.Iq.Result(new Element(Namespaces.DiscoItems, "query", items));
        }
    }

    private static async ValueTask<bool> MayAskAsync(RosterStore rosters, IqRequest request, CancellationToken cancellationToken) =>
        request.IsOwn || await rosters.FindAsync(request.To, request.From, cancellationToken).ConfigureAwait(false) is { State.From: true };

    private static Iq Unknown(IqRequest request) => request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
}
