using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Ferry.Protocol.Sasl;

/// <summary>The client's side of one SCRAM exchange (RFC 5802, RFC 7677).</summary>
/// <remarks>
/// Three steps in this order: send <see cref="ClientFirst"/>; give the challenge to <see cref="HandleServerFirst"/> and send its reply; give the
/// last message, which comes in a challenge or inside success, to <see cref="HandleServerFinal"/>. Whoever skips the last step has not
/// checked that the server is the server.
/// </remarks>
public sealed class ScramClient
{
    private readonly ScramMechanism _mechanism;
    private readonly ScramAlgorithm _algorithm;
    private readonly string? _password;
    private readonly string _nonce;
    private readonly ScramBinding _binding;
    private readonly ScramClientOptions _options;
    private readonly string _clientFirstBare;
    private string? _expectedSignature;
    private bool _over;

    private ScramClient(
        ScramMechanism mechanism, string user, string? password, string nonce, ScramBinding binding, ScramClientOptions options)
    {
        _mechanism = mechanism;
        _algorithm = ScramAlgorithm.Of(mechanism.Hash);
        _password = password;
        _nonce = nonce;
        _binding = binding;
        _options = options;
        _clientFirstBare = $"n={ScramMessage.EscapeName(user)},r={nonce}";
    }

    /// <summary>The first message, for the initial response.</summary>
    public string ClientFirst => _binding.Header + _clientFirstBare;

    /// <summary>The keys in use: null before the challenge. May be kept instead of the password once the exchange is done.</summary>
    public ScramKeys? Keys { get; private set; }

    /// <summary>Prepares user and password and begins an exchange.</summary>
    /// <param name="mechanism">As chosen; -PLUS needs <see cref="ScramBinding.Bound"/>, any other must not have it.</param>
    /// <param name="user">The localpart.</param>
    /// <param name="password">Null when only kept keys are there.</param>
    /// <param name="nonce">At least <see cref="ScramLimits.MinNonce"/> printable ASCII characters without comma, from a secure random source.</param>
    /// <param name="binding">What is said about channel binding.</param>
    /// <param name="options">Kept keys and the protection against downgrades; null for none.</param>
    /// <param name="client">The exchange.</param>
    /// <param name="failure">Why user or password cannot be prepared.</param>
    /// <exception cref="ArgumentException">The nonce is unfit, or binding and mechanism contradict each other.</exception>
    public static bool TryCreate(
        ScramMechanism mechanism,
        string user,
        string? password,
        string nonce,
        ScramBinding binding,
        ScramClientOptions? options,
        [NotNullWhen(true)] out ScramClient? client,
        [NotNullWhen(false)] out SaslFailure? failure)
    {
        if (nonce.Length < ScramLimits.MinNonce || !ScramMessage.IsNonce(nonce))
            throw new ArgumentException("the nonce is too short or holds characters that it must not", nameof(nonce));
        if (mechanism.Plus != binding is ScramBinding.Bound)
            throw new ArgumentException("-PLUS and channel binding data go together", nameof(binding));

        client = null;
        string? preparedPassword = null;
        if (!SaslPrep.TryPrepare(user, out var preparedUser, out failure) ||
            (password is not null && !SaslPrep.TryPrepare(password, out preparedPassword, out failure)))
        {
            return false;
        }

        client = new ScramClient(mechanism, preparedUser, preparedPassword, nonce, binding, options ?? new ScramClientOptions());
        return true;
    }

    /// <summary>Answers the server's challenge with the proof, or says why not.</summary>
    /// <exception cref="InvalidOperationException">A challenge was handled before.</exception>
    public SaslStep HandleServerFirst(string message)
    {
        if (_over || _expectedSignature is not null)
            throw new InvalidOperationException("the challenge was handled before");

        var step = AnswerChallenge(message);
        _over = step is SaslStep.Failed;
        return step;
    }

    /// <summary>Checks the server's signature; only <see cref="SaslStep.Done"/> means that the server knows the password too.</summary>
    /// <exception cref="InvalidOperationException">The challenge was not answered, or the exchange is over.</exception>
    public SaslStep HandleServerFinal(string message)
    {
        if (_over || _expectedSignature is null)
            throw new InvalidOperationException("there is no answered challenge");

        _over = true;
        var attributes = ScramMessage.Split(message);
        return attributes switch
        {
            [('e', var error), ..] => ServerError(error),
            [('v', var signature), ..] when SameText(signature, _expectedSignature) => new SaslStep.Done(null),
            [('v', _), ..] => SaslStep.Fail(SaslFailureReason.ServerSignature, "the server's signature is wrong: it does not know the password"),
            _ => SaslStep.Fail(SaslFailureReason.ServerSignature, "the server's last message holds no signature"),
        };
    }

    private SaslStep AnswerChallenge(string message)
    {
        var attributes = ScramMessage.Split(message);
        if (attributes is null)
            return SaslStep.Fail(SaslFailureReason.Malformed, "the server's challenge is malformed");
        if (attributes[0].Name == 'e')
            return ServerError(attributes[0].Value);
        if (attributes.Find('m') is not null)
            return SaslStep.Fail(SaslFailureReason.MandatoryExtension, "the server asks for a SCRAM extension that is not known here");
        if (attributes is not [('r', var nonce), ('s', var saltText), ('i', var countText), ..] ||
            !ScramMessage.TryBase64(saltText, out var salt) || salt.Length is 0 or > ScramLimits.MaxSalt)
        {
            return SaslStep.Fail(SaslFailureReason.Malformed, "the server's challenge lacks nonce, salt or iteration count");
        }

        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length || !ScramMessage.IsNonce(nonce))
            return SaslStep.Fail(SaslFailureReason.Nonce, "the server's nonce does not continue ours");
        if (!int.TryParse(countText, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) ||
            iterations is < ScramLimits.MinIterations or > ScramLimits.MaxIterations)
        {
            return SaslStep.Fail(
                SaslFailureReason.Iterations,
                $"the server's iteration count is not within {ScramLimits.MinIterations} and {ScramLimits.MaxIterations}");
        }

        return CheckDowngrade(attributes) ?? Prove(message, nonce, salt, iterations);
    }

    /// <summary>XEP-0474. Runs before the proof is sent, so that a man in the middle gets nothing to guess the password with.</summary>
    private SaslStep.Failed? CheckDowngrade(List<(char Name, string Value)> attributes)
    {
        var hash = attributes.Find('h', from: 3);
        if (hash is null)
        {
            return _options.RequireDowngradeHash
                ? SaslStep.Fail(SaslFailureReason.ChannelBinding, "no channel binding type is common, and the server does not prove its list")
                : null;
        }

        return _options.Offer is null || SameText(hash, _options.Offer.DowngradeHash(_mechanism.Hash))
            ? null
            : SaslStep.Fail(SaslFailureReason.Downgrade, "the server's list of mechanisms was changed on its way to us");
    }

    private SaslStep Prove(string serverFirst, string nonce, byte[] salt, int iterations)
    {
        if (_options.Keys is { } kept && kept.Fit(_mechanism.Hash, salt, iterations))
            Keys = kept;
        else if (_password is null)
            return SaslStep.Fail(SaslFailureReason.PasswordNeeded, "the kept keys no longer fit the server's salt: the password is needed");
        else
            Keys = ScramKeys.Derive(_mechanism.Hash, _password, salt, iterations);

        var withoutProof = $"c={_binding.Attribute},r={nonce}";
        var authMessage = $"{_clientFirstBare},{serverFirst},{withoutProof}";
        var clientSignature = _algorithm.Hmac(_algorithm.Digest(Keys.ClientKey), authMessage);
        _expectedSignature = Convert.ToBase64String(_algorithm.Hmac(Keys.ServerKey, authMessage));
        return new SaslStep.Reply($"{withoutProof},p={Convert.ToBase64String(ScramAlgorithm.Xor(Keys.ClientKey, clientSignature))}");
    }

    /// <summary>RFC 5802 §7, server-error-value. Only known words are shown: the rest is a stranger's text.</summary>
    private static SaslStep.Failed ServerError(string error) => error switch
    {
        "channel-bindings-dont-match" or "unsupported-channel-binding-type" or "channel-binding-not-supported" =>
            SaslStep.Fail(SaslFailureReason.ChannelBinding, $"the server refused: {error} (is there a proxy that ends TLS before the server?)"),
        "server-does-support-channel-binding" => SaslStep.Fail(SaslFailureReason.Downgrade, $"the server refused: {error}"),
        "invalid-encoding" or "extensions-not-supported" or "invalid-proof" or "unknown-user" or "invalid-username-encoding" or "no-resources" =>
            SaslStep.Fail(SaslFailureReason.NotAuthorized, $"the server refused: {error}"),
        _ => SaslStep.Fail(SaslFailureReason.NotAuthorized, "the server refused"),
    };

    private static bool SameText(string left, string right) => CryptographicOperations.FixedTimeEquals(
        System.Text.Encoding.UTF8.GetBytes(left), System.Text.Encoding.UTF8.GetBytes(right));
}
