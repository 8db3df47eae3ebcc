using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Sharing;

namespace Ferry.Cli.Connecting;

/// <summary>What the commands use of <see cref="FerryClient"/>, so that their tests need neither a server nor a network.</summary>
internal interface IFerryClient : IAsyncDisposable
{
    /// <inheritdoc cref="FerryClient.Jid"/>
    Jid Jid { get; }

    /// <inheritdoc cref="FerryClient.Completion"/>
    Task<FerryException?> Completion { get; }

    /// <inheritdoc cref="FerryClient.SendAsync(string, Jid, SendOptions?, CancellationToken)"/>
    Task<Outcome> SendAsync(string path, Jid to, SendOptions options, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.SendAsync(Stream, Jid, SendOptions, CancellationToken)"/>
    Task<Outcome> SendAsync(Stream content, Jid to, SendOptions options, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.GetAsync(Jid, string, string, GetOptions?, CancellationToken)"/>
    Task<Outcome> GetAsync(Jid from, string path, string directory, GetOptions options, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.GetAsync(Jid, FileHash, string, GetOptions?, CancellationToken)"/>
    Task<Outcome> GetAsync(Jid from, FileHash hash, string directory, GetOptions options, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.IncomingOffersAsync"/>
    IAsyncEnumerable<IncomingOffer> IncomingOffersAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.SearchAsync"/>
    Task<SearchAnswer> SearchAsync(string words, SearchQuery filter, ResultSetQuery? page, Jid? index, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.ListAsync(Jid, string?, CancellationToken)"/>
    Task<SharedListing> ListAsync(Jid owner, string? folder, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.GetContactsAsync"/>
    Task<IReadOnlyList<Contact>> GetContactsAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.AddContactAsync"/>
    Task AddContactAsync(Jid contact, string? name, CancellationToken cancellationToken);

    /// <inheritdoc cref="FerryClient.RemoveContactAsync"/>
    Task RemoveContactAsync(Jid contact, CancellationToken cancellationToken);
}

/// <summary>Connects and logs in; throws what <see cref="FerryClient.ConnectAsync"/> throws.</summary>
internal delegate Task<IFerryClient> ClientFactory(FerryOptions options, CancellationToken cancellationToken);
