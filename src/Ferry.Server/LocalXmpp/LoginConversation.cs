using System.Security.Cryptography;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Sasl;
using Ferry.Protocol.Xml;
using Ferry.Server.Accounts;

namespace Ferry.Server.LocalXmpp;

/// <summary>What the server says next while somebody logs in.</summary>
/// <param name="Reply">To be sent.</param>
/// <param name="Account">Set once the log-in holds.</param>
/// <param name="Failed">The log-in failed; the client may try again.</param>
internal readonly record struct LoginReply(Element Reply, Jid? Account = null, bool Failed = false);

/// <summary>One connection's log-in by SCRAM (RFC 6120 section 6): attempt by attempt, no more than one under way.</summary>
internal sealed class LoginConversation
{
    private readonly string _domain;
    private readonly AccountStore _accounts;
    private readonly IReadOnlyDictionary<string, byte[]> _bindings;
    private ScramServer? _attempt;
    private ScramMechanism _mechanism;

    /// <summary>Begins.</summary>
    /// <param name="domain">The domain of the accounts.</param>
    /// <param name="accounts">Who may log in.</param>
    /// <param name="listed">Types of channel binding that the features list; without any there is no -PLUS.</param>
    /// <param name="accepted">Binding data of this channel by type; at least the listed ones.</param>
    public LoginConversation(
        string domain, AccountStore accounts, IReadOnlyCollection<string> listed, IReadOnlyDictionary<string, byte[]> accepted)
    {
        _domain = domain;
        _accounts = accounts;
        _bindings = accepted;
        ScramHash[] hashes = [ScramHash.Sha256, ScramHash.Sha1];
        var plain = hashes.Select(hash => new ScramMechanism(hash, Plus: false).Name);
        var plus = listed.Count == 0 ? [] : hashes.Select(hash => new ScramMechanism(hash, Plus: true).Name);
        Offer = new SaslOffer([.. plus, .. plain], listed.Count == 0 ? null : [.. listed]);
    }

    /// <summary>What the stream features list.</summary>
    public SaslOffer Offer { get; }

    /// <summary>Begins an attempt. A mechanism without initial response is asked for one by an empty challenge.</summary>
    public ValueTask<LoginReply> BeginAsync(Element auth, CancellationToken cancellationToken)
    {
        _attempt = null;
        var name = auth.Attribute("mechanism") ?? "";
        if (!Offer.Mechanisms.Contains(name, StringComparer.Ordinal) || !ScramMechanism.TryParse(name, out _mechanism)) return new(Fail("invalid-mechanism"));
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
        _attempt = new ScramServer(
            _mechanism,
            nonce,
            new ScramServerOptions { Domain = _domain, Bindings = _bindings, Offer = Offer, UnknownUserSecret = _accounts.UnknownUserSecret });
        return auth.Text.Length == 0 ? new(new LoginReply(new Element(Namespaces.Sasl, "challenge"))) : FirstAsync(auth.Text, cancellationToken);
    }

    /// <summary>Goes on with the attempt.</summary>
    public ValueTask<LoginReply> RespondAsync(Element response, CancellationToken cancellationToken)
    {
        if (_attempt is null) return new(Fail("malformed-request"));
        return _attempt.User is null ? FirstAsync(response.Text, cancellationToken) : new(Last(response.Text));
    }

    /// <summary>The client gives the attempt up.</summary>
    public LoginReply Abort() => Fail("aborted");

    private async ValueTask<LoginReply> FirstAsync(string text, CancellationToken cancellationToken)
    {
        if (!SaslPayload.TryDecode(text, out var message)) return Fail("incorrect-encoding");
        if (_attempt!.HandleClientFirst(message) is { } failure) return Fail(failure.Condition);
        var known = Account(_attempt.User!) is { } account
            ? await _accounts.CredentialsAsync(account, _mechanism.Hash, cancellationToken).ConfigureAwait(false)
            : null;
        return new LoginReply(new Element(Namespaces.Sasl, "challenge", SaslPayload.Encode(_attempt.Challenge(known))));
    }

    private LoginReply Last(string text)
    {
        if (!SaslPayload.TryDecode(text, out var message)) return Fail("incorrect-encoding");
        var account = Account(_attempt!.User!);
        return _attempt.HandleClientFinal(message) switch
        {
            SaslStep.Done done when account is not null =>
                new LoginReply(new Element(Namespaces.Sasl, "success", SaslPayload.Encode(done.Message ?? "")), account),
            SaslStep.Failed failed => Fail(failed.Failure.Condition),
            _ => Fail("not-authorized"),
        };
    }

    private Jid? Account(string user) => Jid.TryParse($"{user}@{_domain}", out var jid) && jid is { Local: not null, IsFull: false } && jid.Domain == _domain ? jid : null;

    private LoginReply Fail(string condition)
    {
        _attempt = null;
        return new LoginReply(new Element(Namespaces.Sasl, "failure", new Element(Namespaces.Sasl, condition)), Failed: true);
    }
}
