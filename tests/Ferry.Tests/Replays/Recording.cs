using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Replays;

/// <summary>
/// An exchange of two clients as it was recorded, stanza by stanza between the two. Blocks of files stand there by their lengths; the bytes are made
/// up. Also the capabilities that each showed, where it showed any.
/// </summary>
internal sealed class Recording
{
    private Recording(Element root, byte[] content)
    {
        Content = content;
        Sender = Jid.Parse(root.Attribute("sender")!);
        Receiver = Jid.Parse(root.Attribute("receiver")!);
        (Sends, Receives) = (root.Attribute("sends")!, root.Attribute("receives")!);
        Steps = [.. root.Children.Where(child => child.Name is "sender" or "receiver" or "proxy").Select(child => new Step(child.Name, child.FirstChild!))];
        Caps = root.Children.Where(child => child.Name == "caps").ToDictionary(child => child.Attribute("of")!, child => child.FirstChild!);
    }

    public Jid Sender { get; }

    public Jid Receiver { get; }

    /// <summary>The program that sent.</summary>
    public string Sends { get; }

    /// <summary>The program that received.</summary>
    public string Receives { get; }

    /// <summary>The whole file.</summary>
    public byte[] Content { get; }

    public IReadOnlyList<Step> Steps { get; }

    /// <summary>By <c>sender</c> and <c>receiver</c>.</summary>
    public IReadOnlyDictionary<string, Element> Caps { get; }

    public static Recording Load(string name)
    {
        using var stream = typeof(Recording).Assembly.GetManifestResourceStream($"Ferry.Tests.Replays.Recorded.{name}.xml") ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = reader.ReadToEnd();
        var root = XmlPattern.Read(text);
        var content = new byte[int.Parse(root.Attribute("bytes")!)];
        new Random(content.Length).NextBytes(content);
        text = text.Replace("{sender}", root.Attribute("sender"), StringComparison.Ordinal)
            .Replace("{receiver}", root.Attribute("receiver"), StringComparison.Ordinal)
            .Replace("{md5}", Convert.ToHexStringLower(MD5.HashData(content)), StringComparison.Ordinal);
        return new Recording(XmlPattern.Read(text), content);
    }

    /// <summary>Who sent which stanza.</summary>
    public sealed record Step(string By, Element Stanza)
    {
        public Element? Payload => Stanza.Children.FirstOrDefault(child => child.Name is not "text");

        public bool IsRequest => Stanza.Attribute("type") is "get" or "set";

        public bool Has(string payload) => Payload?.Name == payload;
    }
}
