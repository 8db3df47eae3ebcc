using System.Globalization;
using System.Text;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Index;

/// <summary>The index for clients that can do nothing but chat: <c>find</c>, <c>ls</c>, <c>get</c>, <c>shares</c>, <c>help</c>.</summary>
internal sealed class IndexChat(IndexService index)
{
    private const int MaxHits = 10;
    private const int MaxItems = 30;
    private const int MaxBody = 1024;

    private const string Help =
        "find WORDS – search: holiday 2024, repor*, *part*, type:video, size:>10MB, owner:alice@example.org, online:yes\n"
        + "ls [OWNER[/SHARE/FOLDER]] – look around\n"
        + "get OWNER/SHARE/FILE – have its owner send it to you\n"
        + "shares – what you share\n"
        + "help – this";

    public async Task<ChatAnswer> AnswerAsync(Jid from, string body, CancellationToken cancellationToken)
    {
        if (body.Length > MaxBody) return "That is too long.";
        var space = body.IndexOfAny([' ', '\n', '\t']);
        var (command, rest) = space < 0 ? (body, "") : (body[..space], body[space..].Trim());
        try
        {
            return await AnswerAsync(from, command, rest, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return IndexErrors.TooSlow.Text!;
        }
    }

    private async Task<ChatAnswer> AnswerAsync(Jid from, string command, string rest, CancellationToken cancellationToken) =>
        command.TrimStart('/').ToLowerInvariant() switch
        {
            "find" or "search" => await FindAsync(from, rest, cancellationToken).ConfigureAwait(false),
            "ls" or "list" => await ListAsync(from, rest, cancellationToken).ConfigureAwait(false),
            "get" => await GetAsync(from, rest, cancellationToken).ConfigureAwait(false),
            "shares" => await SharesAsync(from, cancellationToken).ConfigureAwait(false),
            "help" or "hello" or "hi" => Help,
            _ => "I don't know that. Say: help",
        };

    private async Task<ChatAnswer> FindAsync(Jid from, string words, CancellationToken cancellationToken)
    {
        var (query, problem) = SearchWords.Parse(words);
        if (query is null) return "I can't search for that: " + problem;
        if (!query.IsIndexed) return "Say what to find, such as: find holiday";
        var answer = await index.Search.SearchAsync(from, query, new ResultSetQuery(MaxHits), cancellationToken).ConfigureAwait(false);
        if (answer.Hits.Count == 0) return "Nothing found.";
        var text = new StringBuilder();
        foreach (var hit in answer.Hits)
        {
            text.Append(CultureInfo.InvariantCulture, $"{hit.File.Name} ({Size(hit.File.Size ?? 0)}, {(hit.IsOnline ? "online" : "offline")})\n  get {hit.Node.ToPath()}\n");
            if (hit.IsOnline) text.Append(CultureInfo.InvariantCulture, $"  {FileLink.JingleRequest(hit.Owner)}\n");
        }

        text.Append(answer.Page!.Count > answer.Hits.Count ? $"… {answer.Page.Count} in all; more words find fewer." : $"{answer.Hits.Count} found.");
        return new ChatAnswer(text.ToString(), [.. answer.Hits.Where(hit => hit is { IsOnline: true, File.Hashes.Count: > 0 }).Select(Link)]);
    }

    private async Task<ChatAnswer> ListAsync(Jid from, string path, CancellationToken cancellationToken)
    {
        if (!FileNode.TryParsePath(path, out var node) || await index.Search.ListAsync(from, node, new ResultSetQuery(MaxItems), cancellationToken).ConfigureAwait(false) is not { } found) return "There is nothing there.";
        if (found.Items.Count == 0) return "It is empty.";
        return string.Join('\n', found.Items.Select(item => item.File is { } hit ? $"{item.Name} ({Size(hit.File.Size ?? 0)})" : item.Name + "/")) + (found.Items.Count == MaxItems ? "\n…" : "");
    }

    private async Task<ChatAnswer> GetAsync(Jid from, string path, CancellationToken cancellationToken)
    {
        if (!FileNode.TryParsePath(path, out var node) || await index.Search.FindAsync(from, node, cancellationToken).ConfigureAwait(false) is not { } file) return "There is no such file.";
        return await index.DeliverAsync(file, from, retrieve: false, cancellationToken).ConfigureAwait(false) is { } refusal
            ? $"That can't be done now: {refusal.Text ?? refusal.ConditionName}." : $"{file.Owner.Bare} was asked to send {file.File.Name} to you.";
    }

    private async Task<ChatAnswer> SharesAsync(Jid from, CancellationToken cancellationToken)
    {
        var shares = await index.Store.SharesOfAsync(from, cancellationToken).ConfigureAwait(false);
        return shares.Count == 0 ? "You share nothing." : string.Join('\n', shares.Select(share => $"{share.Name}: {share.Files.ToString(CultureInfo.InvariantCulture)} files"));
    }

    // Stateless inline media sharing, as Psi writes it (XEP-0385).
    private static Element Link(SearchHit hit) => new(
        Namespaces.References,
        "reference",
        ("type", "data"),
        new Element(
            Namespaces.MediaSharing,
            "media-sharing",
            hit.File.ToElement(),
            new Element(Namespaces.MediaSharing, "sources", new Element(Namespaces.References, "reference", ("type", "data"), ("uri", FileLink.JingleRequest(hit.Owner))))));

    private static string Size(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB"),
    };
}
