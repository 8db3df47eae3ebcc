using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;

namespace Ferry.Cli.Commands.Listing;

/// <summary>The grammar of <c>ferry ls JID[/PATH]</c>.</summary>
internal static class ListCommand
{
    public static Verb Create(VerbHost host, Func<ListCommandOptions, CancellationToken, Task<int>> run)
    {
        var place = new Argument<string>("JID[/PATH]") { Description = "Whose folders, and which; what follows the first '/' is a path, never a resource" };
        var verb = new Verb(
            "ls",
            "List what somebody shares with you",
            new Example("ferry ls bob@example.org", "the folders that bob shares"),
            new Example("ferry ls bob@example.org/music/live", "what is in one of them"),
            new Example("ferry ls --json bob@example.org/music", "for a script"));
        verb.Arguments.Add(place);
        return verb.Takes(ConnectionSettings.All).Runs(
            host,
            reader => ConnectionSettings.Read(reader) is { } connection && reader.Word(reader.Words(place)[0], "JID[/PATH]", Place) is { Owner: { } owner } read
                ? new ListCommandOptions(connection, owner, read.Path)
                : null,
            run);
    }

    private static Reading<(Jid? Owner, string? Path)> Place(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var path = slash < 0 ? "" : text[(slash + 1)..].TrimEnd('/').Normalize();
        if (!Jid.TryParse(slash < 0 ? text : text[..slash], out var owner) || owner.Local is null) return Reading<(Jid?, string?)>.Bad("begins with no account (name@example.org, name@example.org/SHARE/folder)");
        if (path.Length == 0) return (owner, null);
        return SharePath.IsValid(path) ? (owner, path) : Reading<(Jid?, string?)>.Bad("has no path of a shared folder behind the account (SHARE/folder, without '.' and '..')");
    }
}
