using System.Text;
using System.Text.RegularExpressions;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Jingle;

/// <summary>
/// A Jingle exchange of two clients, stanza by stanza: recorded (<c>Recorded</c>), or written from a description of the client (<c>Described</c>), where
/// <c>{sha-1}</c> and <c>{sha-256}</c> stand for hashes of the bytes. Blocks of files stand there by their lengths; the bytes are made up.
/// </summary>
internal sealed partial class JingleExchange
{
    private const string Place = "Ferry.Tests.Jingle.";

    private JingleExchange(string name, string text)
    {
        Name = name;
        IsDescribed = text.Contains("written from a description", StringComparison.Ordinal);
        foreach (Match step in StepOf().Matches(text)) Steps.Add(new Step(step.Groups[1].Value, XmlPattern.Read(step.Groups[2].Value)));
        Content = new byte[int.Parse(SizeOf().Match(text).Groups[1].Value)];
        new Random(Content.Length).NextBytes(Content);
        foreach (var role in new[] { "sender", "receiver" })
        {
            // Where one end alone is somebody's, the other is anybody's and nothing can be learnt from its words.
            if (!IsDescribed || text.Contains($"<!-- {role}: ", StringComparison.Ordinal)) Played.Add(role);
        }
    }

    /// <summary>Every exchange in the tree.</summary>
    public static IReadOnlyList<string> All =>
    [
        .. typeof(JingleExchange).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Place + "Recorded.", StringComparison.Ordinal) || name.StartsWith(Place + "Described.", StringComparison.Ordinal))
            .Select(name => name[(name.IndexOf('.', Place.Length) + 1)..^".xml".Length]).Order(StringComparer.Ordinal),
    ];

    public string Name { get; }

    /// <summary>Written from a description, not recorded.</summary>
    public bool IsDescribed { get; }

    public List<Step> Steps { get; } = [];

    /// <summary>The ends that a client's words stand for: <c>sender</c>, <c>receiver</c>.</summary>
    public List<string> Played { get; } = [];

    /// <summary>The whole file.</summary>
    public byte[] Content { get; }

    public static JingleExchange Load(string name)
    {
        var assembly = typeof(JingleExchange).Assembly;
        using var stream = assembly.GetManifestResourceStream($"{Place}Recorded.{name}.xml") ?? assembly.GetManifestResourceStream($"{Place}Described.{name}.xml") ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new JingleExchange(name, reader.ReadToEnd());
    }

    /// <summary>The address that <c>sender</c> or <c>receiver</c> had.</summary>
    public string AddressOf(string role) => Steps.Where(step => step.By == role).Select(step => step.Stanza.Attribute("from")).FirstOrDefault(from => from is not null) ?? "nobody";

    [GeneratedRegex(@"<!-- (?:[\d.]+  )?(\w+) > \w+ -->\s*\n(<.*?>)\s*(?=\n|$)(?:\n|$)")]
    private static partial Regex StepOf();

    [GeneratedRegex(@"<size>(\d+)</size>")]
    private static partial Regex SizeOf();

    /// <summary>Who said what.</summary>
    public sealed record Step(string By, Element Stanza)
    {
        public Element? Payload => Stanza.FirstChild;

        public string? Action => Payload?.Attribute("action");

        /// <summary>The last transport of its content.</summary>
        public Element? Transport => Payload?.FirstChild is { Name: "content" } content ? content.Children.LastOrDefault(child => child.Name == "transport") : null;

        /// <summary>What a transport-info says: <c>candidate-used</c>, <c>candidate-error</c>, <c>activated</c>, <c>proxy-error</c>.</summary>
        public Element? Notice => Action == "transport-info" ? Transport?.FirstChild : null;
    }
}
