using System.Globalization;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Commands;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Forms;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Index.Commands;

/// <summary>The index's ad-hoc commands (XEP-0050): search, browse, send-me, my-shares, grant.</summary>
internal sealed class IndexCommands : IIqHandler
{
    private const int SessionLength = 24;

    private readonly IndexService _index;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CommandSessions _sessions = new();

    public IndexCommands(IndexService index, TimeProvider time)
    {
        (_index, _time) = (index, time);
        All =
        [
            new IndexCommand("search", "Search for files", (_, _) => Task.FromResult(SearchRequest.Form()), SearchAsync),
            new IndexCommand("browse", "Look at somebody's files", (_, _) => Task.FromResult(PlaceForm("Look at", "Owner, or owner/share/folder; empty: all owners")), BrowseAsync),
            new IndexCommand("send-me", "Send me a file", (_, _) => Task.FromResult(PlaceForm("Send me a file", "owner/share/file")), SendAsync),
            new IndexCommand("my-shares", "What I share", null, SharesAsync),
            new IndexCommand("grant", "Who finds what I share", GrantFormAsync, GrantAsync),
        ];
    }

    public IReadOnlyList<IndexCommand> All { get; }

    public string Namespace => Namespaces.Commands;

    public IReadOnlyList<string> Features => [Namespaces.Commands];

    public IndexCommand? Find(string node) => All.FirstOrDefault(command => command.Node == node);

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!_index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
        if (request.Iq.Type != IqType.Set) return request.Iq.Refuse(IndexErrors.Bad("set"));
        if (!CommandRequest.TryParse(request.Payload, out var step, out var error)) return request.Iq.Refuse(error);
        if (Find(step.Node) is not { } command) return request.Iq.Refuse(IndexErrors.NotFound);
        var isNew = step.SessionId is null;
        var (session, refusal) = Take(request.From, step);
        if (session is null) return request.Iq.Refuse(refusal!);
        if (step.Action == CommandAction.Cancel) return End(new CommandAnswer(command.Node, session, CommandStatus.Canceled));
        // A first step without a form asks for it; Prev, too, since there is only one.
        if (command.Form is { } form && (step.Action == CommandAction.Prev || (isNew && step.Form is null)))
        {
            return request.Iq.Result(new CommandAnswer(command.Node, session, CommandStatus.Executing, await form(request.From, cancellationToken).ConfigureAwait(false)).ToElement());
        }

        if (command.Form is not null && step.Form is null) return request.Iq.Refuse(CommandRequest.Bad("bad-payload"));
        var outcome = await command.Run(request.From, step.Form ?? new DataForm("submit", []), cancellationToken).ConfigureAwait(false);
        // What was filled in badly may be filled in again.
        if (outcome.Error is { } wrong) return request.Iq.Refuse(wrong);
        return End(new CommandAnswer(command.Node, session, CommandStatus.Completed, outcome.Table, outcome.Note));

        Iq End(CommandAnswer answer)
        {
            lock (_gate) _sessions.End(session);
            return request.Iq.Result(answer.ToElement());
        }
    }

    private (string? Id, StanzaError? Error) Take(Jid user, CommandRequest step)
    {
        lock (_gate) return _sessions.Take(user, step, RandomId.Create(SessionLength), _time.GetUtcNow());
    }

    private async Task<CommandOutcome> SearchAsync(Jid user, DataForm form, CancellationToken cancellationToken)
    {
        var (query, problem) = SearchRequest.Read(form);
        if (query is null) return IndexErrors.Bad(problem!);
        if (!query.IsIndexed) return IndexErrors.Empty;
        try
        {
            var answer = await _index.Search.SearchAsync(user, query, new ResultSetQuery(SearchRequest.UsualHits), cancellationToken).ConfigureAwait(false);
            var note = answer.Page!.Count > answer.Hits.Count ? $"The first {answer.Hits.Count} of {answer.Page.Count}." : $"{answer.Hits.Count} found.";
            return new CommandOutcome(answer.ToForm(), note);
        }
        catch (TimeoutException)
        {
            return IndexErrors.TooSlow;
        }
    }

    private async Task<CommandOutcome> BrowseAsync(Jid user, DataForm form, CancellationToken cancellationToken)
    {
        if (!TryPlace(form, out var node) || await _index.Search.ListAsync(user, node, null, cancellationToken).ConfigureAwait(false) is not { } found) return IndexErrors.NotFound;
        var table = new DataForm("result", [])
        {
            Title = node.Name,
            Reported = [Column("name", "Name"), Column("size", "Bytes"), Column("place", "Place")],
            Items = [.. found.Items.Select(item => Row(("name", item.Name + (item.File is null ? "/" : "")), ("size", Number(item.File?.File.Size)), ("place", node.Child(item.Name).ToPath())))],
        };
        return new CommandOutcome(table, null);
    }

    private async Task<CommandOutcome> SendAsync(Jid user, DataForm form, CancellationToken cancellationToken)
    {
        if (!TryPlace(form, out var node) || await _index.Search.FindAsync(user, node, cancellationToken).ConfigureAwait(false) is not { } file) return IndexErrors.NotFound;
        if (await _index.DeliverAsync(file, user, retrieve: false, cancellationToken).ConfigureAwait(false) is { } refusal) return refusal;
        return new CommandOutcome(null, $"{file.Owner.Bare} was asked to send {file.File.Name} to you.");
    }

    private async Task<CommandOutcome> SharesAsync(Jid user, DataForm form, CancellationToken cancellationToken)
    {
        var shares = await _index.Store.SharesOfAsync(user, cancellationToken).ConfigureAwait(false);
        var table = new DataForm("result", [])
        {
            Reported = [Column("share", "Share"), Column("files", "Files"), Column("visibility", "Who finds it")],
            Items = [.. shares.Select(share => Row(("share", share.Name), ("files", Number(share.Files)), ("visibility", share.Visibility?.ToString().ToLowerInvariant() ?? "")))],
        };
        return new CommandOutcome(table, shares.Count == 0 ? "You share nothing." : null);
    }

    private async Task<DataForm> GrantFormAsync(Jid user, CancellationToken cancellationToken)
    {
        var shares = await _index.Store.SharesOfAsync(user, cancellationToken).ConfigureAwait(false);
        return new DataForm(
            "form",
            [
                new DataFormField("share", "list-single", [""], ["", .. shares.Select(share => share.Name)]) { Label = "Share (empty: all)" },
                new DataFormField("visibility", "list-single", [""], ["", "granted", "everybody"]) { Label = "Who finds it" },
                DataFormField.OfValues("jids", "jid-multi") with { Label = "Accounts" },
                DataFormField.OfValues("domains", "text-multi") with { Label = "Domains" },
                DataFormField.OfValues("groups", "text-multi") with { Label = "Groups of your roster" },
            ])
        {
            Title = "Who finds what I share",
            Instructions = "This takes the place of what was granted before.",
        };
    }

    private async Task<CommandOutcome> GrantAsync(Jid user, DataForm form, CancellationToken cancellationToken)
    {
        var grants = new List<IndexGrant>();
        foreach (var text in Lines("jids"))
        {
            if (!Jid.TryParse(text, out var jid) || jid.Local is null) return IndexErrors.Bad("an account is no address");
            grants.Add(new IndexGrant.Account(jid.Bare));
        }

        foreach (var text in Lines("domains"))
        {
            if (!Jid.TryParse(text, out var domain) || domain.Local is not null || domain.IsFull) return IndexErrors.Bad("a domain is none");
            grants.Add(new IndexGrant.Domain(domain));
        }

        foreach (var text in Lines("groups"))
        {
            if (text.Length > IndexAccess.MaxGroupName) return IndexErrors.Bad("a group's name is too long");
            grants.Add(new IndexGrant.Group(text, []));
        }

        if (grants.Count > IndexAccess.MaxGrants) return IndexErrors.TooMany($"{IndexAccess.MaxGrants} grants at one time");
        var share = form.Value("share") is { Length: > 0 } given ? given : null;
        if (share is not null && !IndexPaths.IsShare(share)) return IndexErrors.BadPath;
        Visibility? visibility = form.Value("visibility") switch { "granted" => Visibility.Granted, "everybody" => Visibility.Everybody, _ => null };
        return await _index.Store.SetAccessAsync(user, new IndexAccess(share, null, visibility, grants), cancellationToken).ConfigureAwait(false) is { } refusal
            ? refusal : new CommandOutcome(null, "Done.");

        IEnumerable<string> Lines(string name) => form.FieldsNamed(name).SelectMany(field => field.Values).Select(text => text.Trim()).Where(text => text.Length > 0).Take(IndexAccess.MaxGrants + 1);
    }

    private static DataForm PlaceForm(string title, string label) =>
        new("form", [DataFormField.OfValues("place", "text-single") with { Label = label }]) { Title = title };

    // As search results name it (files/…), or without that.
    private static bool TryPlace(DataForm form, out FileNode node)
    {
        var text = form.Value("place") ?? form.Value("node") ?? "";
        if (FileNode.TryParse(text, out var read) || FileNode.TryParsePath(text, out read))
        {
            node = read;
            return true;
        }

        node = FileNode.Root;
        return false;
    }

    private static DataFormField Column(string name, string label) => DataFormField.OfValues(name, "text-single") with { Label = label };

    private static List<DataFormField> Row(params (string Name, string Value)[] cells) => [.. cells.Select(cell => DataFormField.OfValues(cell.Name, null, cell.Value))];

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
