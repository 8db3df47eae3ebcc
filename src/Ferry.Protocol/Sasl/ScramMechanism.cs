namespace Ferry.Protocol.Sasl;

/// <summary>A mechanism of the SCRAM family: <c>SCRAM-SHA-256-PLUS</c> is SHA-256 with channel binding.</summary>
/// <param name="Hash">The hash in use.</param>
/// <param name="Plus">With channel binding.</param>
public readonly record struct ScramMechanism(ScramHash Hash, bool Plus)
{
    private const string Prefix = "SCRAM-";
    private const string Suffix = "-PLUS";

    /// <summary>The name as registered.</summary>
    public string Name => Prefix + ScramAlgorithm.Of(Hash).Label + (Plus ? Suffix : "");

    /// <summary>Reads a mechanism name exactly as registered, upper case; false for any other mechanism.</summary>
    public static bool TryParse(string name, out ScramMechanism mechanism)
    {
        foreach (var hash in Enum.GetValues<ScramHash>())
        {
            mechanism = new ScramMechanism(hash, Plus: false);
            if (name == mechanism.Name)
                return true;
            mechanism = new ScramMechanism(hash, Plus: true);
            if (name == mechanism.Name)
                return true;
        }

        mechanism = default;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
