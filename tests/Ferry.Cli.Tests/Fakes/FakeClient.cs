using System.Threading.Channels;
using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Sharing;

namespace Ferry.Cli.Tests.Fakes;

/// <summary>A client that does what the test says.</summary>
internal sealed class FakeClient : IFerryClient
{
    private readonly Channel<IncomingOffer> _offers = Channel.CreateUnbounded<IncomingOffer>();
    private readonly TaskCompletionSource<FerryException?> _completion = new();

    public Jid Jid { get; init; } = Jid.Parse("me@example.org/ferry");

    public Task<FerryException?> Completion => _completion.Task;

    /// <summary>The options that the command connected with.</summary>
    public FerryOptions? Options { get; private set; }

    public bool Connected => Options is not null;

    public bool Disposed { get; private set; }

    public FerryException? ConnectFailure { get; init; }

    /// <summary>What becomes of a file that is sent.</summary>
    public Func<string, Jid, SendOptions, CancellationToken, Task<Outcome>> OnSend { get; set; } =
        (_, to, options, _) => Task.FromResult(Outcomes.Done(options.Transfer!, to, options.Name!));

    public List<(string What, Jid To, SendOptions Options)> Sent { get; } = [];

    public List<Contact> Contacts { get; } = [];

    public Task<IFerryClient> ConnectAsync(FerryOptions options, CancellationToken cancellationToken)
    {
        Options = options;
        return ConnectFailure is null ? Task.FromResult<IFerryClient>(this) : Task.FromException<IFerryClient>(ConnectFailure);
    }

    public void Offer(IncomingOffer offer) => _offers.Writer.TryWrite(offer).ShouldBeTrue();

    public void Lose(FerryException reason)
    {
        _completion.SetResult(reason);
        _offers.Writer.Complete();
    }

    public Task<Outcome> SendAsync(string path, Jid to, SendOptions options, CancellationToken cancellationToken)
    {
        Sent.Add((path, to, options));
        return OnSend(path, to, options, cancellationToken);
    }

    public async Task<Outcome> SendAsync(Stream content, Jid to, SendOptions options, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(content);
        var text = await reader.ReadToEndAsync(cancellationToken);
        Sent.Add((text, to, options));
        return await OnSend(text, to, options, cancellationToken);
    }

    /// <summary>What becomes of a file that is asked for.</summary>
    public Func<Jid, string, GetOptions, CancellationToken, Task<Outcome>> OnGet { get; set; } =
        (from, path, options, _) => Task.FromResult(Outcomes.Done(options.Transfer!, from, Path.GetFileName(path)));

    public List<(Jid From, string Path, string Directory, GetOptions Options)> Got { get; } = [];

    public Task<Outcome> GetAsync(Jid from, string path, string directory, GetOptions options, CancellationToken cancellationToken)
    {
        Got.Add((from, path, directory, options));
        return OnGet(from, path, options, cancellationToken);
    }

    public Task<Outcome> GetAsync(Jid from, FileHash hash, string directory, GetOptions options, CancellationToken cancellationToken)
    {
        Got.Add((from, hash.ToString(), directory, options));
        return OnGet(from, hash.ToString(), options, cancellationToken);
    }

    public IAsyncEnumerable<IncomingOffer> IncomingOffersAsync(CancellationToken cancellationToken) => _offers.Reader.ReadAllAsync(cancellationToken);

    /// <summary>What a search finds.</summary>
    public Func<string, SearchQuery, ResultSetQuery?, Jid?, SearchAnswer> OnSearch { get; set; } = (_, _, _, _) => new SearchAnswer([], null);

    /// <summary>What a folder holds.</summary>
    public Func<Jid, string?, SharedListing> OnList { get; set; } = (owner, _) => new SharedListing(owner, false, [], []);

    public Task<SearchAnswer> SearchAsync(string words, SearchQuery filter, ResultSetQuery? page, Jid? index, CancellationToken cancellationToken) =>
        Task.FromResult(OnSearch(words, filter, page, index));

    public Task<SharedListing> ListAsync(Jid owner, string? folder, CancellationToken cancellationToken) => Task.FromResult(OnList(owner, folder));

    public Task<IReadOnlyList<Contact>> GetContactsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Contact>>(Contacts);

    public Task AddContactAsync(Jid contact, string? name, CancellationToken cancellationToken)
    {
        Contacts.Add(new Contact(contact, name, "none", Pending: true));
        return Task.CompletedTask;
    }

    public Task RemoveContactAsync(Jid contact, CancellationToken cancellationToken)
    {
        Contacts.RemoveAll(entry => entry.Jid == contact);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
