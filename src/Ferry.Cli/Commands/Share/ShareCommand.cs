using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Sharing;

namespace Ferry.Cli.Commands.Share;

/// <summary>The grammar of <c>ferry share DIR…</c>.</summary>
internal static class ShareCommand
{
    private static readonly Setting As = new("as", SettingKind.One, "NAME", "Show the folder under this name [its own]; with one DIR only");
    private static readonly Setting Allow = new("allow", SettingKind.Many, "JID|DOMAIN|group:NAME", "Let this account, all accounts of exactly this domain, or your contacts in this group see and take the files (may repeat) [only your own account]");
    private static readonly Setting MaxFiles = new("max-files", SettingKind.One, "N", "Share no folders with more than N files in all [200000]");
    private static readonly Setting[] Own = [As, Allow, MaxFiles, TransferSettings.Offer, TransferSettings.Via];

    public static Verb Create(VerbHost host, Func<ShareCommandOptions, CancellationToken, Task<int>> run)
    {
        var folders = new Argument<string[]>("DIR") { Description = "Folders to share, with all that is in them but hidden files and links", Arity = ArgumentArity.OneOrMore };
        host.Knows(Own);
        var verb = new Verb(
            "share",
            "Share folders: others list them, search them and take files out of them",
            new Example("ferry share --allow bob@example.org ~/Documents/scans", "bob may see and take the scans, nobody else"),
            new Example("ferry share --as music --allow group:Friends ~/Music", "for the contacts in one group, under a name of your choice"),
            new Example("ferry share --json --allow example.org /srv/files /srv/more", "for everybody of one domain, told to a script"));
        verb.Arguments.Add(folders);
        return verb.Takes(Own).Takes(ConnectionSettings.All).Runs(host, reader => Bind(reader, folders), run);
    }

    private static ShareCommandOptions? Bind(SettingReader reader, Argument argument)
    {
        var connection = ConnectionSettings.Read(reader);
        var folders = reader.Words(argument).Select(SharedFolder.Of).ToList();
        if (reader.One(As, SettingTexts.Any) is { } name)
        {
            if (folders.Count > 1) reader.Refuse("--as: can name one folder only");
            else folders = [folders[0] with { Name = name }];
        }

        var options = new ShareCommandOptions
        {
            Connection = connection!,
            Folders = folders,
            Allow = reader.Many(Allow, Rule),
            MaxFiles = reader.Maybe(MaxFiles, SettingTexts.Count),
            Offers = TransferSettings.ReadOffers(reader),
            Methods = TransferSettings.ReadMethods(reader),
            State = reader.DefaultHashes,
        };
        return connection is null ? null : options;
    }

    private static Reading<ShareRule> Rule(string text) =>
        ShareRule.TryParse(text, out var rule) ? rule : Reading<ShareRule>.Bad("names nobody (name@example.org without a resource, example.org, or group:NAME)");
}
