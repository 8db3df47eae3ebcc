using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Protocol.FileIndex;

namespace Ferry.Cli.Commands.Search;

/// <summary>The grammar of <c>ferry search WORD…</c>.</summary>
internal static class SearchCommand
{
    private const int UsualCount = SearchRequest.UsualHits;
    private static readonly Setting Type = new("type", SettingKind.One, "TYPE", $"Only files of this type: {string.Join(", ", FileKinds.All)}, or a media type such as image/png") { Suggestions = [.. FileKinds.All] };
    private static readonly Setting Size = new("size", SettingKind.One, "SIZE", "Only files of this size, such as '>10MB', '<1GiB' or 5MB-20MB");
    private static readonly Setting Hash = new("hash", SettingKind.One, "HEX", "Only the file with this hash (SHA-256, or ALGORITHM:HEX)");
    private static readonly Setting Owner = new("owner", SettingKind.One, "JID", "Only what this account shares");
    private static readonly Setting Online = new("online", SettingKind.Switch, "", "Only of those who are there now");
    private static readonly Setting Count = new("count", SettingKind.One, "N", "Show at most N files [50]");
    private static readonly Setting Index = new("index", SettingKind.One, "JID", "Search this index instead of your server's");
    private static readonly Setting[] Own = [Type, Size, Hash, Owner, Online, Count, Index];

    public static Verb Create(VerbHost host, Func<SearchCommandOptions, CancellationToken, Task<int>> run)
    {
        var words = new Argument<string[]>("WORD") { Description = "Words of the name or path; 'repor*' is the beginning of one, '*part*' a part of the name; all must match", Arity = ArgumentArity.ZeroOrMore };
        host.Knows(Own);
        var verb = new Verb(
            "search",
            "Search the files that others share with you",
            new Example("ferry search holiday 2024", "by words; ferry get takes what it prints"),
            new Example("ferry search --type video --size '>100MB' --online '*part*'", "large videos that can be had now"),
            new Example("ferry search --owner bob@example.org --json report", "what bob shares, for a script"));
        verb.Arguments.Add(words);
        return verb.Takes(Own).Takes(ConnectionSettings.All).Runs(host, reader => Bind(reader, words), run);
    }

    private static SearchCommandOptions? Bind(SettingReader reader, Argument argument)
    {
        var connection = ConnectionSettings.Read(reader);
        var words = string.Join(' ', reader.Words(argument)).Normalize();
        var filter = new SearchQuery();
        foreach (var (setting, name) in new[] { (Type, "type"), (Size, "size"), (Hash, "hash"), (Owner, "owner") })
        {
            filter = reader.One(setting, text => Term(filter, name, text), filter)!;
        }

        if (reader.Switch(Online)) filter = filter with { Online = true };
        var (query, problem) = SearchWords.Add(filter, words);
        if (query is null) reader.Refuse($"'{words}': {problem}");
        else if (!query.IsIndexed && reader.Problems.Count == 0) reader.Refuse("say what to search for: a word, or an option such as --type; '*part*' needs three letters in a row");
        var options = new SearchCommandOptions(connection!, words, filter, reader.Maybe(Count, SettingTexts.Count) ?? UsualCount, reader.One(Index, SettingTexts.Service));
        return connection is null ? null : options;
    }

    private static Reading<SearchQuery> Term(SearchQuery filter, string name, string value)
    {
        if (value.Any(char.IsWhiteSpace)) value = string.Concat(value.Where(c => !char.IsWhiteSpace(c)));
        var (query, problem) = SearchWords.Add(filter, $"{name}:{value}");
        return query is null ? Reading<SearchQuery>.Bad($"cannot be searched for ({problem})") : query;
    }
}
