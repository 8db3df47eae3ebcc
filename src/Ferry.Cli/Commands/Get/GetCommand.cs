using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Cli.Commands.Get;

/// <summary>The grammar of <c>ferry get JID NAME…</c> and of <c>ferry get LINK</c>.</summary>
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
        var from = new Argument<string>("JID") { Description = "Whose files: an XMPP address, or a link such as 'xmpp:JID/RESOURCE?jingle-ft;sha-256=HEX', which says which file, too" };
        var names = new Argument<string[]>("NAME…")
        {
            Description = "What to get: SHARE/folder/name, a name that only one shared file has, SHARE/folder/ with all that is in it, or a file's hash (SHA-256, or ALGORITHM:HEX)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        host.Knows(Own);
        var verb = new Verb(
            "get",
            "Get shared files from an XMPP address; what broke off is gone on with",
            new Example("ferry get alice@example.org docs/report.pdf", "one file, into the current directory"),
            new Example("ferry get --dir ~/Music alice@example.org/home music/a.flac music/b.flac", "several, from one of her programs"),
            new Example("ferry get alice@example.org docs/2026/", "a whole folder"),
            new Example("ferry get alice@example.org sha-256:98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4", "by what is in it, whatever it is called"),
            new Example("ferry get --json --overwrite alice@example.org film.mkv", "by its bare name, for a script"));
        verb.Arguments.Add(from);
        verb.Arguments.Add(names);
        return verb.Takes(Own).Takes(ConnectionSettings.All).Runs(host, reader => Bind(reader, from, names), run);
    }

    private static GetCommandOptions? Bind(SettingReader reader, Argument person, Argument names)
    {
        var connection = ConnectionSettings.Read(reader);
        var (overwrite, rename) = (reader.Switch(Overwrite), reader.Switch(Rename));
        if (overwrite && rename) reader.Refuse("--overwrite and --rename exclude each other");
        var (from, wishes) = ReadWishes(reader, reader.Words(person)[0], reader.Words(names));
        var options = new GetCommandOptions
        {
            Connection = connection!,
            From = from!,
            Wishes = wishes,
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

    private static (Jid? From, List<Wish> Wishes) ReadWishes(SettingReader reader, string person, IReadOnlyList<string> names)
    {
        var wishes = new List<Wish>();
        var from = FileSessionLink.IsMeant(person)
            ? ReadLink(reader, person, wishes)
            : reader.Word(person, "JID", text => Jid.TryParse(text, out var jid) ? jid : Reading<Jid>.Bad("is not an XMPP address (name@example.org or name@example.org/resource)"));
        foreach (var name in names)
        {
            var (wish, problem) = Wish.Read(name);
            if (wish is null) reader.Refuse(problem!);
            else wishes.Add(wish);
        }

        if (names.Count == 0 && wishes.Count == 0 && from is not null) reader.Refuse(FileSessionLink.IsMeant(person) ? "the link says who has the file, not which one: add its hash or its name" : "say what to get: SHARE/folder/name, or a file's hash");
        return (from, wishes);
    }

    private static Jid? ReadLink(SettingReader reader, string text, List<Wish> wishes)
    {
        if (!FileSessionLink.TryParse(text, out var link, out var problem))
        {
            reader.Refuse($"'{(text.Length > 200 ? text[..200] + "…" : text)}' {problem}");
            return null;
        }

        if (link.Hash is { } hash) wishes.Add(Wish.Of(hash));
        return link.Peer;
    }
}
