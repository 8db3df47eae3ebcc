using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;

namespace Ferry.Cli.Commands.Receive;

/// <summary>The grammar of <c>ferry receive</c>.</summary>
internal static class ReceiveCommand
{
    private static readonly Setting Dir = new("dir", SettingKind.One, "DIR", "Put files there [the current directory]");
    private static readonly Setting From = new("from", SettingKind.Many, "JID|DOMAIN", "Take files of this address or domain without asking (may repeat); without it you are asked about each file");
    private static readonly Setting Count = new("count", SettingKind.One, "N", "End after N accepted files [run until interrupted]");
    private static readonly Setting MaxSize = new("max-size", SettingKind.One, "BYTES", "Refuse what is larger, for example 500M [as much as there is room for]");
    private static readonly Setting Overwrite = new("overwrite", SettingKind.Switch, "", "Replace a file of the same name once the new one is there [refuse]");
    private static readonly Setting Rename = new("rename", SettingKind.Switch, "", "Take the next free name: 'film (2).mkv' [refuse]");

    private static readonly Setting[] Own = [Dir, From, Count, MaxSize, Overwrite, Rename, TransferSettings.Offer, TransferSettings.Via, TransferSettings.LegacyJabberFs];

    public static Verb Create(VerbHost host, Func<ReceiveCommandOptions, CancellationToken, Task<int>> run)
    {
        host.Knows(Own);
        return new Verb(
                "receive",
                "Wait for files and take them",
                new Example("ferry receive --dir ~/Downloads", "asks about each file"),
                new Example("ferry receive --from alice@example.org --count 1", "one file of alice's, without a question"),
                new Example("ferry receive --from example.org --rename --json", "everything from one domain, for a script"))
            .Takes(Own).Takes(ConnectionSettings.All).Runs(host, Bind, run);
    }

    private static ReceiveCommandOptions? Bind(SettingReader reader)
    {
        var connection = ConnectionSettings.Read(reader);
        var (overwrite, rename) = (reader.Switch(Overwrite), reader.Switch(Rename));
        if (overwrite && rename) reader.Refuse("--overwrite and --rename exclude each other");
        var options = new ReceiveCommandOptions
        {
            Connection = connection!,
            Directory = reader.Path(Dir) ?? ".",
            From = reader.Many(From, SettingTexts.Peer),
            Count = reader.Maybe(Count, SettingTexts.Count),
            MaxBytes = reader.Maybe(MaxSize, SettingTexts.Bytes),
            Offers = TransferSettings.ReadOffers(reader),
            Methods = TransferSettings.ReadMethods(reader),
            Existing = overwrite ? ExistingFile.Overwrite : rename ? ExistingFile.Rename : ExistingFile.Refuse,
            Journals = reader.DefaultJournals,
        };
        if (options.Offers.Contains("none", StringComparer.Ordinal) && options.From.Count == 0)
            reader.Refuse("--offer none: bytes that come without an offer are taken only from whom --from names");
        return connection is null ? null : options with { Connection = connection with { LegacyJabberFs = TransferSettings.ReadLegacyJabberFs(reader) } };
    }
}
