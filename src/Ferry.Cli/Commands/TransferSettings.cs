using Ferry.Cli.Configuration;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands;

/// <summary>The names of offers and methods, and the settings that narrow them.</summary>
internal static class TransferSettings
{
    /// <summary>Every offer that this version has (docs: the library's <see cref="FerryOptions.Offers"/>).</summary>
    public static readonly IReadOnlyList<string> Offers = OfferNames.All;

    /// <summary>Every method that this version has.</summary>
    public static readonly IReadOnlyList<string> Methods = MethodNames.All;

    public static readonly Setting Offer = new("offer", SettingKind.List, "NAME,…", "Use these offers only, in this order: " + string.Join(", ", Offers)) { Suggestions = Offers };
    public static readonly Setting Via = new("via", SettingKind.List, "NAME,…", "Use these methods only, in this order: " + string.Join(", ", Methods)) { Suggestions = Methods };

    public static readonly Setting LegacyJabberFs =
        new("legacy-jabberfs", SettingKind.Many, "JID", "Speak jabberFS of 2002 with this peer if it knows no other: its connections prove nothing (may repeat)");

    public static IReadOnlyList<Jid> ReadLegacyJabberFs(SettingReader reader) => reader.Many(LegacyJabberFs, SettingTexts.Peer);

    public static IReadOnlyList<string> ReadOffers(SettingReader reader) => reader.Many(Offer, SettingTexts.OneOf("an offer", Offers));

    public static IReadOnlyList<string> ReadMethods(SettingReader reader) => reader.Many(Via, SettingTexts.OneOf("a method", Methods));
}
