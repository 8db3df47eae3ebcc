using Ferry.Protocol.Xml;

namespace Ferry.Tests.Replays;

/// <summary>Whether Ferry says what the recorded client said, as far as it matters to the other end.</summary>
internal static class ReplayChecks
{
    /// <param name="largestBlock">What the other end takes in-band, where that is known (docs/peers.md): Ferry's blocks may be larger than those of the recorded client.</param>
    public static void ShouldSayTheSame(Element recorded, Element actual, int? largestBlock = null)
    {
        switch (recorded.Name)
        {
            case "si":
                Methods(actual).ShouldBe(Methods(recorded));
                Find(actual, "x")!.Attribute("type").ShouldBe(Find(recorded, "x")!.Attribute("type"));
                Find(actual, "field")!.Attribute("type").ShouldBe(Find(recorded, "field")!.Attribute("type"));
                actual.Attribute("profile").ShouldBe(recorded.Attribute("profile"));
                if (Find(recorded, "file") is not { } file || file.Attribute("name") is null) break;
                Find(actual, "file")!.Attribute("name").ShouldBe(file.Attribute("name"));
                Find(actual, "file")!.Attribute("size").ShouldBe(file.Attribute("size"));
                if (file.Attribute("hash") is { } hash) Find(actual, "file")!.Attribute("hash").ShouldBe(hash);
                break;
            case "query" when Find(recorded, "streamhost-used") is { } used:
                Find(actual, "streamhost-used")!.Attribute("jid").ShouldBe(used.Attribute("jid"));
                break;
            case "query" when Find(recorded, "streamhost") is not null:
                actual.Children.ShouldNotBeEmpty();
                actual.Children.ShouldAllBe(host => recorded.Children.Any(known => known.Attribute("jid") == host.Attribute("jid")));
                break;
            case "query": // features
                string[] needed = ["http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer", Transfers.Scripts.InBand];
                var there = actual.Children.Select(child => child.Attribute("var")).ToHashSet();
                needed.ShouldAllBe(feature => there.Contains(feature));
                break;
            case "open":
                var (size, theirs) = (int.Parse(actual.Attribute("block-size")!), int.Parse(recorded.Attribute("block-size")!));
                size.ShouldBeInRange(theirs, Math.Max(theirs, largestBlock ?? theirs));
                (actual.Attribute("stanza") ?? "iq").ShouldBe(recorded.Attribute("stanza") ?? "iq");
                break;
            case "error":
                actual.Attribute("type").ShouldBe(recorded.Attribute("type"));
                actual.FirstChild!.Name.ShouldBe(recorded.FirstChild!.Name);
                break;
            default:
                break;
        }
    }

    private static List<string> Methods(Element si) => [.. Descendants(si).Where(element => element.Name == "value").Select(value => value.Text)];

    private static Element? Find(Element element, string name) => Descendants(element).FirstOrDefault(child => child.Name == name);

    private static IEnumerable<Element> Descendants(Element element) => element.Children.SelectMany(child => Descendants(child).Prepend(child));
}
