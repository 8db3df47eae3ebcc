using System.Text;

namespace Ferry.Protocol.Sasl;

/// <summary>What a server offered in its stream features, exactly as listed.</summary>
/// <param name="Mechanisms">Mechanism names.</param>
/// <param name="ChannelBindings">Channel binding types (XEP-0440); null when there was no list.</param>
public sealed record SaslOffer(IReadOnlyList<string> Mechanisms, IReadOnlyList<string>? ChannelBindings = null)
{
    /// <summary>The value of SCRAM's attribute <c>h</c> for this offer (XEP-0474), base64.</summary>
    /// <remarks>Mechanisms sorted by bytes and joined by 0x1E; then, if types were listed, 0x1F and the types likewise.</remarks>
    public string DowngradeHash(ScramHash hash)
    {
        var text = Joined(Mechanisms);
        if (ChannelBindings is { Count: > 0 })
            text += "\x1F" + Joined(ChannelBindings);
        return Convert.ToBase64String(ScramAlgorithm.Of(hash).Digest(Encoding.UTF8.GetBytes(text)));
    }

    private static string Joined(IEnumerable<string> names) => string.Join('\x1E', names.Order(StringComparer.Ordinal));
}
