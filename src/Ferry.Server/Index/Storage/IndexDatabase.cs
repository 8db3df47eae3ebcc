using System.Data.Common;
using System.Threading.Channels;
using Ferry.Protocol.FileIndex;
using Ferry.Server.Storage;

namespace Ferry.Server.Index.Storage;

/// <summary>
/// Where the index is kept: SQL that both engines read alike is run through here by others, what they do differently is in the two classes below this one.
/// <para>
/// One writer: work waits in a bounded queue and as much of it as there is goes into one transaction, so that many small publishes cost few commits. If one of them throws, the transaction is rolled
/// back and each is done again by itself: only the culprit fails. Readers have connections of their own and never wait for the writer.
/// </para>
/// </summary>
internal abstract class IndexDatabase : IAsyncDisposable
{
    /// <summary>Pieces of work that wait; whoever comes then waits for room.</summary>
    public const int MaxQueued = 512;

    /// <summary>Pieces of work of one transaction.</summary>
    public const int MaxBatch = 64;

    private readonly Channel<IWork> _queue = Channel.CreateBounded<IWork>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly SemaphoreSlim _readers;
    private Task _writer = Task.CompletedTask;
    private DbConnection? _connection;

    protected IndexDatabase(int readers) => _readers = new SemaphoreSlim(readers, readers);

    private interface IWork
    {
        void Run(DbConnection connection, DbTransaction transaction);

        void Done();

        void Failed(Exception why);
    }

    /// <summary>Engine and version, for logs.</summary>
    public abstract string Description { get; }

    /// <summary>The columns of <see cref="EntryRow"/> that this engine gives back.</summary>
    public abstract string EntryColumns { get; }

    /// <summary>Opens it: a string with <c>Host=</c> is for PostgreSQL, anything else a SQLite file.</summary>
    /// <exception cref="StoreException">It cannot be used; the message is for a person.</exception>
    public static Task<IndexDatabase> OpenAsync(string database, CancellationToken cancellationToken) => OpenAsync(database, null, cancellationToken);

    /// <param name="scripts">Null: the index's own.</param>
    internal static async Task<IndexDatabase> OpenAsync(string database, IReadOnlyList<string>? scripts, CancellationToken cancellationToken)
    {
        IndexDatabase opened = IsPostgres(database)
            ? await PostgresIndexDatabase.ConnectAsync(database, scripts ?? SchemaScripts.PostgresIndex, cancellationToken).ConfigureAwait(false)
            : await Task.Run(() => SqliteIndexDatabase.Open(database, scripts ?? SchemaScripts.SqliteIndex), cancellationToken).ConfigureAwait(false);
        opened.Start();
        return opened;
    }

    /// <summary>Whether it is a PostgreSQL connection string.</summary>
    public static bool IsPostgres(string database) => IndexOptions.IsConnectionString(database);

    /// <summary>Queues a piece of work for the writer: it happens whole or not at all. Pieces are done in the order in which this is called.</summary>
    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, T> work, CancellationToken cancellationToken)
    {
        var item = new Work<T>(work);
        await _queue.Writer.WriteAsync(item, cancellationToken).ConfigureAwait(false);
        return await item.Task.ConfigureAwait(false);
    }

    /// <summary>Reads on a connection of its own, off the caller's thread.</summary>
    public Task<T> ReadAsync<T>(Func<DbConnection, T> work, CancellationToken cancellationToken) => ReadAsync(work, null, cancellationToken);

    /// <summary>The same, ended where a statement takes longer than there is.</summary>
    /// <exception cref="TimeoutException">It did.</exception>
    public async Task<T> ReadAsync<T>(Func<DbConnection, T> work, ReadTime? limit, CancellationToken cancellationToken)
    {
        await _readers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => WithReader(work, limit), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _readers.Release();
        }
    }

    /// <summary>The rows of those paths of a share.</summary>
    public abstract Dictionary<string, EntryRow> FindByPath(DbConnection connection, DbTransaction? transaction, long share, IReadOnlyList<string> paths);

    /// <summary>Adds rows that are not there.</summary>
    public abstract void Insert(DbConnection connection, DbTransaction transaction, IReadOnlyList<EntryRow> rows);

    /// <summary>Takes rows out, which are as the database has them.</summary>
    public abstract void Delete(DbConnection connection, DbTransaction transaction, IReadOnlyList<EntryRow> rows);

    /// <summary>Notes the series that named them last.</summary>
    public abstract void Mark(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> ids, long series);

    /// <summary>
    /// Ids that the full text finds, at most <paramref name="most"/>, of these shares alone, by id; sizes, hashes and patterns are yet to be compared with the rows
    /// (<see cref="EntryRow.Fits"/>).
    /// </summary>
    /// <param name="shares">In ascending order.</param>
    public abstract List<long> FindCandidates(DbConnection connection, SearchQuery query, long[] shares, int most);

    /// <summary>The rows of those ids, in any order.</summary>
    public abstract IReadOnlyList<EntryRow> FindById(DbConnection connection, IReadOnlyList<long> ids);

    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete()) return;
        await _writer.ConfigureAwait(false);
        CloseWriter();
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _readers.Dispose();
    }

    /// <summary>The one connection that writes.</summary>
    protected abstract DbConnection OpenWriter();

    /// <summary>Lets go of what belongs to the writer's connection, before that is closed.</summary>
    protected virtual void CloseWriter()
    {
    }

    protected abstract T WithReader<T>(Func<DbConnection, T> work, ReadTime? limit);

    protected abstract ValueTask CloseAsync();

    private void Start()
    {
        _connection = OpenWriter();
        _writer = Task.Run(WriteAllAsync);
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<IWork>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var work)) batch.Add(work);
            if (TryRun(batch) is null) continue;
            foreach (var one in batch)
            {
                if (TryRun([one]) is { } why) one.Failed(why);
            }
        }
    }

    private Exception? TryRun(List<IWork> batch)
    {
        try
        {
            if (_connection!.State != System.Data.ConnectionState.Open)
            {
                CloseWriter();
                _connection.Dispose();
                _connection = OpenWriter();
            }

            using (var transaction = Begin(_connection))
            {
                foreach (var work in batch) work.Run(_connection, transaction);
                transaction.Commit();
            }
        }
        catch (Exception wrong)
        {
            return wrong;
        }

        foreach (var work in batch) work.Done();
        return null;
    }

    protected abstract DbTransaction Begin(DbConnection connection);

    private sealed class Work<T>(Func<DbConnection, DbTransaction, T> work) : IWork
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public void Run(DbConnection connection, DbTransaction transaction) => _result = work(connection, transaction);

        public void Done() => _done.TrySetResult(_result!);

        public void Failed(Exception why) => _done.TrySetException(why);
    }
}
