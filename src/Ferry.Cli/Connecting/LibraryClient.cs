using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Sharing;

namespace Ferry.Cli.Connecting;

/// <summary>The library's client.</summary>
internal sealed class LibraryClient(FerryClient client) : IFerryClient
{
    public Jid Jid => client.Jid;

    public Task<FerryException?> Completion => client.Completion;

    public static async Task<IFerryClient> ConnectAsync(FerryOptions options, CancellationToken cancellationToken) =>
        new LibraryClient(await FerryClient.ConnectAsync(options, cancellationToken));

    public Task<Outcome> SendAsync(string path, Jid to, SendOptions options, CancellationToken cancellationToken) =>
        client.SendAsync(path, to, options, cancellationToken);

    public Task<Outcome> SendAsync(Stream content, Jid to, SendOptions options, CancellationToken cancellationToken) =>
        client.SendAsync(content, to, options, cancellationToken);

    public Task<Outcome> GetAsync(Jid from, string path, string directory, GetOptions options, CancellationToken cancellationToken) =>
        client.GetAsync(from, path, directory, options, cancellationToken);

    public Task<Outcome> GetAsync(Jid from, FileHash hash, string directory, GetOptions options, CancellationToken cancellationToken) =>
        client.GetAsync(from, hash, directory, options, cancellationToken);

    public IAsyncEnumerable<IncomingOffer> IncomingOffersAsync(CancellationToken cancellationToken) => client.IncomingOffersAsync(cancellationToken);

    public Task<SearchAnswer> SearchAsync(string words, SearchQuery filter, ResultSetQuery? page, Jid? index, CancellationToken cancellationToken) =>
        client.SearchAsync(words, filter, page, index, cancellationToken);

    public Task<SharedListing> ListAsync(Jid owner, string? folder, CancellationToken cancellationToken) => client.ListAsync(owner, folder, cancellationToken);

    public Task<IReadOnlyList<Contact>> GetContactsAsync(CancellationToken cancellationToken) => client.GetContactsAsync(cancellationToken);

    public Task AddContactAsync(Jid contact, string? name, CancellationToken cancellationToken) => client.AddContactAsync(contact, name, cancellationToken);

    public Task RemoveContactAsync(Jid contact, CancellationToken cancellationToken) => client.RemoveContactAsync(contact, cancellationToken);

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
