using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A PostgreSQL of its own, in a temporary folder, reached by a socket in it; as the user postgres where the tests run as root, which it refuses to be.</summary>
public sealed partial class PostgresCluster : IAsyncLifetime
{
    private const string Versions = "/usr/lib/postgresql";
    private const int FastShutdown = 2; // SIGINT
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("ferry-postgres-").FullName;
    private ChildProcess? _server;
    private int _databases;

    private string Data => Path.Combine(_folder, "data");

    public async ValueTask InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess) await RunAsync("/usr/bin/chown", "postgres", _folder);
        await RunAsPostgresAsync("initdb", "-D", Data, "-U", "ferry", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C");
        var (program, arguments) = AsPostgres("postgres", "-D", Data, "-k", _folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200");
        _server = ChildProcess.Start(program, arguments);
        using var late = new CancellationTokenSource(Longest);
        while (!await AnswersAsync()) await Task.Delay(50, late.Token);
    }

    /// <summary>A new database's connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "ferry" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        await using var connection = new NpgsqlConnection(Settings("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return Settings(name);
    }

    /// <summary>The one value of a query in a database.</summary>
    public static async Task<object?> AskAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            var id = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
            _ = SendSignal(id, FastShutdown);
            await _server.WaitForExit(Longest);
        }

        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    private static (string Program, List<string> Arguments) AsPostgres(string tool, params string[] arguments)
    {
        if (!Directory.Exists(Versions)) throw new InvalidOperationException($"{Versions} is not there; ./test.sh installs what the interop tests need.");
        var path = Path.Combine(Directory.GetDirectories(Versions).MaxBy(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))!, "bin", tool);
        return Environment.IsPrivilegedProcess ? ("/usr/sbin/runuser", ["-u", "postgres", "--", path, .. arguments]) : (path, [.. arguments]);
    }

    private static async Task RunAsPostgresAsync(string tool, params string[] arguments)
    {
        var (program, all) = AsPostgres(tool, arguments);
        await RunAsync(program, [.. all]);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = ChildProcess.Start(program, arguments);
        (await process.WaitForExit(Longest)).ShouldBe(0, process.Errors);
    }

    private string Settings(string database) => $"Host={_folder};Username=ferry;Database={database}";

    private async Task<bool> AnswersAsync()
    {
        if (_server!.HasExited) throw new InvalidOperationException($"PostgreSQL did not start: {_server.Errors}");
        try
        {
            await using var connection = new NpgsqlConnection(Settings("postgres") + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (Exception notYet) when (notYet is NpgsqlException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
