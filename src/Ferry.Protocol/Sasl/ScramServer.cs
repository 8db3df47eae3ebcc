using System.Security.Cryptography;
using System.Text;

namespace Ferry.Protocol.Sasl;

/// <summary>The server's side of one SCRAM exchange (RFC 5802, RFC 7677).</summary>
/// <remarks>
/// In this order: <see cref="HandleClientFirst"/>; look <see cref="User"/> up; <see cref="Challenge"/>; <see cref="HandleClientFinal"/>. An unknown
/// user is challenged like a known one, with a salt that stays the same, and fails at the end like one with a wrong password.
/// </remarks>
public sealed class ScramServer
{
    private readonly ScramMechanism _mechanism;
    private readonly ScramAlgorithm _algorithm;
    private readonly ScramServerOptions _options;
    private readonly string _serverNonce;
    private ClientStart? _client;
    private Challenged? _challenged;
    private bool _over;

    /// <summary>Begins an exchange.</summary>
    /// <param name="mechanism">The mechanism that the client named; the caller has checked that it was offered.</param>
    /// <param name="nonce">At least <see cref="ScramLimits.MinNonce"/> printable ASCII characters without comma, from a secure random source.</param>
    /// <param name="options">Bindings, domain, secret.</param>
    /// <exception cref="ArgumentException">The nonce or the secret is unfit.</exception>
    public ScramServer(ScramMechanism mechanism, string nonce, ScramServerOptions options)
    {
        if (nonce.Length < ScramLimits.MinNonce || !ScramMessage.IsNonce(nonce))
            throw new ArgumentException("the nonce is too short or holds characters that it must not", nameof(nonce));
        if (options.UnknownUserSecret.Length < 16)
            throw new ArgumentException("the secret is too short", nameof(options));

        _mechanism = mechanism;
        _algorithm = ScramAlgorithm.Of(mechanism.Hash);
        _serverNonce = nonce;
        _options = options;
    }

    /// <summary>The prepared name of who wants to log in; null before the first message.</summary>
    public string? User => _client?.User;

    /// <summary>Reads the client's first message; null when it is in order, and <see cref="User"/> is set.</summary>
    /// <exception cref="InvalidOperationException">A first message was handled before.</exception>
    public SaslFailure? HandleClientFirst(string message)
    {
        if (_over || _client is not null)
            throw new InvalidOperationException("the first message was handled before");

        var failure = ReadClientFirst(message);
        _over = failure is not null;
        return failure;
    }

    /// <summary>The challenge for the user, or for nobody when <paramref name="credentials"/> is null.</summary>
    /// <exception cref="InvalidOperationException">Not the time for it.</exception>
    /// <exception cref="ArgumentException">The credentials are for another hash.</exception>
    public string Challenge(ScramCredentials? credentials)
    {
        if (_over || _client is null || _challenged is not null)
            throw new InvalidOperationException("there is no first message to answer");
        if (credentials is not null && credentials.Hash != _mechanism.Hash)
            throw new ArgumentException("the credentials are for another hash", nameof(credentials));

        var used = credentials ?? ScramCredentials.OfNobody(_mechanism.Hash, _client.User, _options.UnknownUserSecret);
        var nonce = _client.Nonce + _serverNonce;
        var downgrade = _options.Offer is null ? "" : $",h={_options.Offer.DowngradeHash(_mechanism.Hash)}";
        var message = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"r={nonce},s={Convert.ToBase64String(used.Salt)},i={used.Iterations}{downgrade}");
        _challenged = new Challenged(used, credentials is not null, nonce, message);
        return message;
    }

    /// <summary>Checks the proof: <see cref="SaslStep.Done"/> with the server's signature, or a failure.</summary>
    /// <exception cref="InvalidOperationException">There was no challenge, or the exchange is over.</exception>
    public SaslStep HandleClientFinal(string message)
    {
        if (_over || _client is null || _challenged is null)
            throw new InvalidOperationException("there is no challenge to be answered");

        _over = true;
        return CheckClientFinal(message, _client, _challenged);
    }

    private SaslFailure? ReadClientFirst(string message)
    {
        var parts = message.Length > ScramMessage.MaxLength ? [] : message.Split(',', 3);
        if (parts.Length != 3)
            return Malformed("first message");

        var (flag, authorizationId, bare) = (parts[0], parts[1], parts[2]);
        if (CheckBindingFlag(flag, out var binding) is { } refused)
            return refused;

        var attributes = ScramMessage.Split(bare);
        if (attributes is [('m', _), ..])
            return new SaslFailure(SaslFailureReason.MandatoryExtension, "the client asks for a SCRAM extension that is not known here");
        if (attributes is not [('n', var escaped), ('r', var nonce), ..] || !ScramMessage.IsNonce(nonce) ||
            ScramMessage.UnescapeName(escaped) is not { } name)
        {
            return Malformed("first message");
        }

        if (!SaslPrep.TryPrepare(name, out var user, out var failure))
            return failure;
        if (authorizationId.Length > 0 && !IsOwn(authorizationId, user))
            return new SaslFailure(SaslFailureReason.AuthorizationId, "the client wants to act as somebody else");

        _client = new ClientStart(user, nonce, bare, $"{flag},{authorizationId},", binding);
        return null;
    }

    private SaslFailure? CheckBindingFlag(string flag, out byte[] binding)
    {
        binding = [];
        if (_mechanism.Plus != flag.StartsWith("p=", StringComparison.Ordinal))
        {
            return flag is "n" or "y" || flag.StartsWith("p=", StringComparison.Ordinal)
                ? new SaslFailure(SaslFailureReason.ChannelBinding, "channel binding and mechanism contradict each other")
                : Malformed("first message");
        }

        if (!_mechanism.Plus)
        {
            return flag switch
            {
                "n" => null,
                "y" when _options.Bindings.Count == 0 => null,
                "y" => new SaslFailure(SaslFailureReason.Downgrade, "the client did not see the -PLUS that was offered"),
                _ => Malformed("first message"),
            };
        }

        if (!_options.Bindings.TryGetValue(flag[2..], out var data))
            return new SaslFailure(SaslFailureReason.ChannelBinding, "the client named a channel binding type that was not offered");
        binding = data;
        return null;
    }

    private bool IsOwn(string attribute, string user)
    {
        if (!attribute.StartsWith("a=", StringComparison.Ordinal) || ScramMessage.UnescapeName(attribute[2..]) is not { } name)
            return false;
        return name == user || (_options.Domain is not null && name == $"{user}@{_options.Domain}");
    }

    private SaslStep CheckClientFinal(string message, ClientStart client, Challenged challenged)
    {
        var proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0 || ScramMessage.Split(message) is not [('c', var bindingText), ('r', var nonce), .. var rest] ||
            rest.Exists(a => a.Name == 'm') || !ScramMessage.TryBase64(bindingText, out var binding) ||
            !ScramMessage.TryBase64(message[(proofAt + 3)..], out var proof) || proof.Length != _algorithm.Size)
        {
            return new SaslStep.Failed(Malformed("answer"));
        }

        if (nonce != challenged.Nonce)
            return SaslStep.Fail(SaslFailureReason.Nonce, "the client's nonce is not the one of the challenge");
        if (!CryptographicOperations.FixedTimeEquals(binding, [.. Encoding.UTF8.GetBytes(client.Header), .. client.Binding]))
            return SaslStep.Fail(SaslFailureReason.ChannelBinding, "the client's TLS channel is not this one");

        var credentials = challenged.Credentials;
        var authMessage = $"{client.Bare},{challenged.Message},{message[..proofAt]}";
        var clientKey = ScramAlgorithm.Xor(proof, _algorithm.Hmac(credentials.StoredKey, authMessage));
        var proven = CryptographicOperations.FixedTimeEquals(_algorithm.Digest(clientKey), credentials.StoredKey);
        return proven && challenged.Known
            ? new SaslStep.Done($"v={Convert.ToBase64String(_algorithm.Hmac(credentials.ServerKey, authMessage))}")
            : SaslStep.Fail(SaslFailureReason.NotAuthorized, "wrong user or password");
    }

    private static SaslFailure Malformed(string what) => new(SaslFailureReason.Malformed, $"the client's {what} is malformed");

    private sealed record ClientStart(string User, string Nonce, string Bare, string Header, byte[] Binding);

    private sealed record Challenged(ScramCredentials Credentials, bool Known, string Nonce, string Message);
}
