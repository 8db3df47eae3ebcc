using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Sharing;

namespace Ferry.Cli.Tests.Commands.Demo;

/// <summary>A client that sends something else than the file's first byte.</summary>
internal sealed class Corrupting(IFerryClient inner) : IFerryClient
{
    public Jid Jid => inner.Jid;

    public Task<FerryException?> Completion => inner.Completion;

    public async Task<Outcome> SendAsync(string path, Jid to, SendOptions options, CancellationToken cancellationToken)
    {
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        if (bytes.Length > 1) bytes[0] ^= 1;
        return await inner.SendAsync(new MemoryStream(bytes), to, options with { Name = Path.GetFileName(path) }, cancellationToken);
    }

    public Task<Outcome> SendAsync(Stream content, Jid to, SendOptions options, CancellationToken cancellationToken) => inner.SendAsync(content, to, options, cancellationToken);

    public Task<Outcome> GetAsync(Jid from, string path, string directory, GetOptions options, CancellationToken cancellationToken) =>
        inner.GetAsync(from, path, directory, options, cancellationToken);

    public Task<Outcome> GetAsync(Jid from, FileHash hash, string directory, GetOptions options, CancellationToken cancellationToken) =>
        inner.GetAsync(from, hash, directory, options, cancellationToken);

    public IAsyncEnumerable<IncomingOffer> IncomingOffersAsync(CancellationToken cancellationToken) => inner.IncomingOffersAsync(cancellationToken);

    public Task<SearchAnswer> SearchAsync(string words, SearchQuery filter, ResultSetQuery? page, Jid? index, CancellationToken cancellationToken) =>
        inner.SearchAsync(words, filter, page, index, cancellationToken);

    public Task<SharedListing> ListAsync(Jid owner, string? folder, CancellationToken cancellationToken) => inner.ListAsync(owner, folder, cancellationToken);

    public Task<IReadOnlyList<Contact>> GetContactsAsync(CancellationToken cancellationToken) => inner.GetContactsAsync(cancellationToken);

    public Task AddContactAsync(Jid contact, string? name, CancellationToken cancellationToken) => inner.AddContactAsync(contact, name, cancellationToken);

    public Task RemoveContactAsync(Jid contact, CancellationToken cancellationToken) => inner.RemoveContactAsync(contact, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
