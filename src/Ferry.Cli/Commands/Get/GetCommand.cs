using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;

namespace Ferry.Cli.Commands.Get;

/// <summary>The grammar of <c>ferry get JID NAME…</c>.</summary>
internal static class GetCommand
{
    private static readonly Setting Dir = new("dir", SettingKind.One, "DIR", "Put files there [the current directory]");
    private static readonly Setting MaxSize = new("max-size", SettingKind.One, "BYTES", "Refuse what is larger, for example 500M [as much as there is room for]");
    private static readonly Setting Overwrite = new("overwrite", SettingKind.Switch, "", "Replace a file of the same name once the new one is there [refuse]");
    private static readonly Setting Rename = new("rename", SettingKind.Switch, "", "Take the next free name: 'film (2).mkv' [refuse]");

    private static readonly Setting Offer =
        new("offer", SettingKind.List, "NAME,…", "Ask these ways only, in this order: " + string.Join(", ", OfferNames.Askable)) { Suggestions = OfferNames.Askable };

    private static readonly Setting[] Own = [Dir, MaxSize, Overwrite, Rename, Offer, TransferSettings.Via, TransferSettings.LegacyJabberFs];

    public static Verb Create(VerbHost host, Func<GetCommandOptions, CancellationToken, Task<int>> run)
    {
        var from = new Argument<string>("JID") { Description = "Whose files: an XMPP address" };
        var names = new Argument<string[]>("NAME…")
        {
            Description = "What to get: SHARE/folder/name, a name that only one shared file has, or SHARE/folder/ with all that is in it",
            Arity = ArgumentArity.OneOrMore,
        };
        host.Knows(Own);
        var verb = new Verb(
            "get",
            "Get shared files from an XMPP address; what broke off is gone on with",
            new Example("ferry get alice@example.org docs/report.pdf", "one file, into the current directory"),
            new Example("ferry get --dir ~/Music alice@example.org/home music/a.flac music/b.flac", "several, from one of her programs"),
            new Example("ferry get alice@example.org docs/2026/", "a whole folder"),
            new Example("ferry get --json --overwrite alice@example.org film.mkv", "by its bare name, for a script"));
        verb.Arguments.Add(from);
        verb.Arguments.Add(names);
        return verb.Takes(Own).Takes(ConnectionSettings.All).Runs(host, reader => Bind(reader, from, names), run);
    }

    private static GetCommandOptions? Bind(SettingReader reader, Argument from, Argument names)
    {
        var connection = ConnectionSettings.Read(reader);
        var (overwrite, rename) = (reader.Switch(Overwrite), reader.Switch(Rename));
        if (overwrite && rename) reader.Refuse("--overwrite and --rename exclude each other");
        var wanted = reader.Words(names);
        foreach (var name in wanted.Where(name => !SharePath.IsValid(name.EndsWith('/') ? name[..^1] : name))) reader.Refuse($"'{name}' is no path of a shared file (SHARE/folder/name, without '.' and '..')");
        var options = new GetCommandOptions
        {
            Connection = connection!,
            From = reader.Word(reader.Words(from)[0], "JID", text => Jid.TryParse(text, out var jid) ? jid : Reading<Jid>.Bad("is not an XMPP address (name@example.org or name@example.org/resource)"))!,
            Names = wanted,
            Directory = reader.Path(Dir) ?? ".",
            MaxBytes = reader.Maybe(MaxSize, SettingTexts.Bytes),
            Offers = reader.Many(Offer, SettingTexts.OneOf("a way to ask", OfferNames.Askable)),
            Methods = TransferSettings.ReadMethods(reader),
            Existing = overwrite ? ExistingFile.Overwrite : rename ? ExistingFile.Rename : ExistingFile.Refuse,
            Journals = reader.DefaultJournals,
        };
        if (connection is null) return null;
        return options with { Connection = connection with { LegacyJabberFs = TransferSettings.ReadLegacyJabberFs(reader) } };
    }
}
