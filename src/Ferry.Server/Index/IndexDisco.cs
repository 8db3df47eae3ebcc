using System.Globalization;
using Ferry.Protocol;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Forms;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Index.Commands;
using Ferry.Server.Requests;

namespace Ferry.Server.Index;

/// <summary>The index for those who browse services (XEP-0030): its tree of files, named as XEP-0135 does, with properties as forms (XEP-0128), and its commands.</summary>
internal static class IndexDisco
{
    public sealed class Info(IndexService index, IndexCommands commands) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoInfo;

        public IReadOnlyList<string> Features => [Namespaces.DiscoInfo];

        public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
        {
            if (request.Iq.Type != IqType.Get || request.Payload.Name != "query") return request.Iq.Refuse(IndexErrors.Bad("a get with a query"));
            if (request.Payload.Attribute("node") is not { Length: > 0 } name) return request.Iq.Result(new DiscoInfo([index.Entity.Identity], [.. index.Entity.Features], []).ToElement());
            if (!index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
            if (name == Namespaces.Commands) return Answer("automation", "command-list", "Commands", [Namespaces.Commands], null);
            if (commands.Find(name) is { } command) return Answer("automation", "command-node", command.Title, [Namespaces.Commands, Namespaces.DataForms], null);
            if (!FileNode.TryParse(name, out var node)) return request.Iq.Refuse(IndexErrors.NotFound);
            if (await index.Search.FindAsync(request.From, node, cancellationToken).ConfigureAwait(false) is { } file) return Answer("filesys", "file", file.File.Name, [Namespaces.FileTree], Form(file));
            return await index.Search.ListAsync(request.From, node, new ResultSetQuery(1), cancellationToken).ConfigureAwait(false) is null
                ? request.Iq.Refuse(IndexErrors.NotFound)
                : Answer("filesys", "directory", node.Name, [Namespaces.FileTree], null);

            Iq Answer(string category, string type, string title, IReadOnlyList<string> features, DataForm? form) =>
                request.Iq.Result(new DiscoInfo([new DiscoIdentity(category, type, title)], [Namespaces.DiscoInfo, .. features], form is null ? [] : [form], name).ToElement());
        }

        private static DataForm Form(SearchHit hit)
        {
            List<DataFormField> fields =
            [
                DataFormField.OfValues("FORM_TYPE", "hidden", Namespaces.FileTree),
                DataFormField.OfValues("size", "text-single", (hit.File.Size ?? 0).ToString(CultureInfo.InvariantCulture)),
            ];
            if (hit.File.Date is { } date) fields.Add(DataFormField.OfValues("date", "text-single", XmppDateTime.Format(date)));
            if (hit.File.Hashes is [var hash, ..]) fields.Add(DataFormField.OfValues("hash", "text-single", $"{hash.Algorithm}:{hash.Hex}"));
            if (hit.File.MediaType is { } type) fields.Add(DataFormField.OfValues("mime-type", "text-single", type));
            return new DataForm("result", fields);
        }
    }

    public sealed class Items(IndexService index, IndexCommands commands) : IIqHandler
    {
        public string Namespace => Namespaces.DiscoItems;

        public IReadOnlyList<string> Features => [Namespaces.DiscoItems];

        public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
        {
            if (!index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
            if (request.Iq.Type != IqType.Get || request.Payload.Name != "query" || !ResultSetQuery.TryFind(request.Payload, out var page)) return request.Iq.Refuse(IndexErrors.Bad("a get with a query"));
            if (page is { Max: > SearchRequest.MaxHits }) return request.Iq.Refuse(IndexErrors.TooMany($"{SearchRequest.MaxHits} items at one time"));
            var address = index.Entity.Address;
            var name = request.Payload.Attribute("node");
            if (name is null or "") return Answer([new DiscoItem(address, FileNode.Root.ToString(), "Files"), new DiscoItem(address, Namespaces.Commands, "Commands")], null);
            if (name == Namespaces.Commands) return Answer([.. commands.All.Select(command => new DiscoItem(address, command.Node, command.Title))], null);
            if (commands.Find(name) is not null) return Answer([], null);
            if (!FileNode.TryParse(name, out var node)) return request.Iq.Refuse(IndexErrors.NotFound);
            if (await index.Search.ListAsync(request.From, node, page, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return Answer([.. found.Items.Select(item => new DiscoItem(address, node.Child(item.Name).ToString(), item.Name))], page is null ? null : found.Page);
            }

            // A file has nothing in it.
            return await index.Search.FindAsync(request.From, node, cancellationToken).ConfigureAwait(false) is null ? request.Iq.Refuse(IndexErrors.NotFound) : Answer([], null);

            Iq Answer(IReadOnlyList<DiscoItem> items, ResultSetPage? set)
            {
                var query = new DiscoItems(items, name).ToElement();
                return request.Iq.Result(set is null ? query : query.WithChild(set.ToElement()));
            }
        }
    }
}
