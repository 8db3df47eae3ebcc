using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Ferry.Cli.Tests.Processes;

/// <summary>The built <c>ferry</c> as a person runs it, with a home of its own and <c>--json</c>; killed by its id at the latest on disposal.</summary>
internal sealed class FerryProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly StringBuilder _all = new();
    private readonly Task _reading;

    private FerryProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadEventsAsync(), ReadErrorsAsync());
    }

    /// <summary>Everything that was said.</summary>
    public string Said
    {
        get
        {
            lock (_all) return _all.ToString();
        }
    }

    // Beside this test program in the same configuration.
    private static string Program
    {
        get
        {
            var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(here.Parent!.Parent!.FullName, "Ferry.Cli", here.Name, OperatingSystem.IsWindows() ? "ferry.exe" : "ferry");
        }
    }

    public static FerryProcess Start(string home, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("FERRY_", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        start.Environment["HOME"] = start.Environment["XDG_STATE_HOME"] = start.Environment["XDG_CONFIG_HOME"] = home;
        start.Environment["FERRY_PASSWORD"] = "secret";
        return new FerryProcess(Process.Start(start)!);
    }

    /// <summary>The next event of that type.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var entry in _events.Reader.ReadAllAsync(limit.Token))
            {
                if (entry.GetProperty("type").GetString() == type) return entry;
            }
        }
        catch (OperationCanceledException)
        {
            // Said below.
        }

        throw new ShouldAssertException($"there was no '{type}':\n{Said}");
    }

    /// <summary>Waits for its end: exit code and the events that nobody has read.</summary>
    public async Task<(int Code, List<JsonElement> Events)> EndAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _reading).WaitAsync(Patience);
        var events = new List<JsonElement>();
        while (_events.Reader.TryRead(out var entry)) events.Add(entry);
        return (_process.ExitCode, events);
    }

    /// <summary>SIGKILL, and its end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>What Ctrl-C does.</summary>
    public async Task<int> InterruptAsync()
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))!;
        await kill.WaitForExitAsync();
        return (await EndAsync()).Code;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Note(line);
            // A process that is killed leaves half a line.
            if (Parse(line) is { } entry) _events.Writer.TryWrite(entry);
        }

        _events.Writer.TryComplete();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line) Note(line);
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Note(string line)
    {
        lock (_all) _all.AppendLine(line);
    }
}
