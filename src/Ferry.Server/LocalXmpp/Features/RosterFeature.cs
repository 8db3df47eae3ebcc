using Ferry.Protocol;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Accounts;
using Ferry.Server.Requests;

namespace Ferry.Server.LocalXmpp.Features;

/// <summary>An account's roster, for the account itself (RFC 6121 section 2).</summary>
internal sealed class RosterFeature(RosterStore rosters, PresenceService presence, SessionRegistry sessions) : IIqHandler
{
    public string Namespace => Namespaces.Roster;

    public IReadOnlyList<string> Features => [];

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!request.IsOwn || sessions.Find(request.From) is not { } session) return request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        if (!RosterQuery.TryParse(request.Payload, out var query)) return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        if (request.Iq.Type == IqType.Set)
        {
            return query.Items is [var item]
                ? await presence.ChangeRosterAsync(session, request.Iq, item, cancellationToken).ConfigureAwait(false)
                : request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest, "a set holds exactly one item");
        }

        session.WantsRoster = true;
        var contacts = await rosters.AllAsync(session.Account, cancellationToken).ConfigureAwait(false);
        return request.Iq.Result(new RosterQuery([.. contacts.Where(contact => contact.Listed).Select(contact => contact.ToItem())]).ToElement());
    }
}
