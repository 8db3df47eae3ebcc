using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Index.Commands;
using Ferry.Server.Index.Storage;
using Ferry.Server.Services;
using Ferry.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Index;

/// <summary>
/// The index of shared files: an address that takes what owners publish and answers who searches, in every way that clients have (docs/server.md). It keeps names and properties; files stay with their
/// owners. Whoever is not <see cref="IndexOptions.Allow"/>ed learns nothing but that it is an index.
/// </summary>
public sealed class IndexService : IAsyncDisposable
{
    /// <summary>How long an owner's client may take to say that it looks at a request.</summary>
    internal static readonly TimeSpan DeliverTime = TimeSpan.FromSeconds(30);

    private const int MaxAsked = 4;
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromHours(1);

    private readonly IndexDatabase _database;
    private readonly IndexOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private Task _purging = Task.CompletedTask;

    private IndexService(Jid address, IndexDatabase database, IndexOptions options, ServiceOptions common)
    {
        (_database, _options, _log, _time) = (database, options, common.Logger, common.TimeProvider);
        Store = new IndexStore(database, options, _time);
        Search = new IndexSearch(database, new ScopeBook(Store, options, _time), options, _time);
        Entity = new ServiceEntity(address, new DiscoIdentity("store", "file", "Ferry's index of files"), common) { Listener = new IndexListener(this, _log) };
        var commands = new IndexCommands(this, _time);
        Entity.Add(new PublishFeature(this));
        Entity.Add(new SearchFeature(this));
        Entity.Add(new BrowseFeature(this));
        Entity.Add(new RetrieveFeature(this));
        Entity.Add(commands);
        Entity.Replace(new IndexDisco.Info(this, commands));
        Entity.Replace(new IndexDisco.Items(this, commands));
    }

    /// <summary>Its address, to be attached to a server.</summary>
    public ServiceEntity Entity { get; }

    /// <summary>Engine and version of its database.</summary>
    public string Description => _database.Description;

    internal IndexStore Store { get; }

    internal IndexSearch Search { get; }

    /// <summary>The usual address beside that domain.</summary>
    public static Jid AddressAt(Jid domain) => Jid.Parse("files." + domain.Domain);

    /// <summary>Opens the database and begins.</summary>
    /// <exception cref="StoreException">The database cannot be used.</exception>
    public static async Task<IndexService> StartAsync(Jid address, IndexOptions options, ServiceOptions common, CancellationToken cancellationToken)
    {
        var database = await IndexDatabase.OpenAsync(options.Database, cancellationToken).ConfigureAwait(false);
        var service = new IndexService(address, database, options, common);
        service._purging = service.PurgeAsync(service._stop.Token);
        common.Logger.LogInformation("index {Address}, {Engine}", address.Domain, database.Description);
        return service;
    }

    /// <summary>Whether the database can be read now; null, or why not.</summary>
    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Store.SharesOfAsync(Entity.Address, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception wrong) when (wrong is System.Data.Common.DbException or ObjectDisposedException or InvalidOperationException)
        {
            return wrong.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _purging.ConfigureAwait(false);
        await Entity.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Whether somebody may use the index.</summary>
    internal bool Allows(Jid who) => _options.Allow.Has(who);

    /// <summary>Asks the owner of a file to offer it to somebody. Null: its client looks at it; else why not.</summary>
    internal async Task<StanzaError?> DeliverAsync(SearchHit file, Jid to, bool retrieve, CancellationToken cancellationToken)
    {
        if (!to.IsFull) return new StanzaError(ErrorType.Modify, ErrorCondition.JidMalformed);
        var sessions = await Store.SessionsOfAsync(file.Owner, cancellationToken).ConfigureAwait(false);
        var order = new IndexDeliver(file.Id, file.Node.Share!, file.Node.Inside, to, retrieve).ToElement();
        StanzaError? last = null;
        foreach (var session in sessions.Take(MaxAsked))
        {
            var reply = await Entity.AskAsync(IqType.Set, session, order, DeliverTime, cancellationToken).ConfigureAwait(false);
            if (reply.IsResult) return null;
            // Another client of the owner, which shares nothing, does not know the request.
            last = reply.Error;
            if (last is not { Condition: ErrorCondition.ServiceUnavailable or ErrorCondition.FeatureNotImplemented or ErrorCondition.RecipientUnavailable or ErrorCondition.ItemNotFound }) break;
        }

        return last is { Condition: ErrorCondition.Forbidden or ErrorCondition.NotAllowed or ErrorCondition.NotAcceptable } refusal
            ? new StanzaError(refusal.Type, refusal.Condition, "its owner says no") : IndexErrors.OwnerAway;
    }

    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PurgeInterval, _time);
        try
        {
            do
            {
                try
                {
                    if (await Store.PurgeAsync(cancellationToken).ConfigureAwait(false) is var gone and > 0) _log.LogInformation("index {Address}: {Owners} owners were away for too long and are forgotten", Entity.Address.Domain, gone);
                }
                catch (Exception wrong) when (wrong is not OperationCanceledException)
                {
                    _log.LogWarning(wrong, "index {Address}: cannot be cleared of old owners", Entity.Address.Domain);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }
}
