using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Ferry.Daemon.Tests;

/// <summary>The built <c>ferryd</c> as an admin runs it, with a home of its own; killed by its id at the latest on disposal.</summary>
internal sealed partial class FerrydProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _log = Channel.CreateBounded<string>(10_000);
    private readonly StringBuilder _all = new();
    private readonly Task<string> _output;
    private readonly Task _errors;

    private FerrydProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = ReadErrorsAsync();
    }

    /// <summary>Everything on standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (_all) return _all.ToString();
        }
    }

    public int Id => _process.Id;

    // Beside this test program in the same configuration.
    private static string Program
    {
        get
        {
            var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(here.Parent!.Parent!.FullName, "Ferry.Daemon", here.Name, OperatingSystem.IsWindows() ? "ferryd.exe" : "ferryd");
        }
    }

    public static FerrydProcess Start(TemporaryFolder home, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home.Path,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("FERRYD_", StringComparison.OrdinalIgnoreCase) || name is "NOTIFY_SOCKET" or "STATE_DIRECTORY").ToList()) start.Environment.Remove(name);
        start.Environment["HOME"] = start.Environment["XDG_STATE_HOME"] = home.Path;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new FerrydProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(TemporaryFolder home, string[] arguments, params (string Name, string Value)[] environment)
    {
        await using var process = Start(home, arguments, environment);
        var code = await process.ExitCodeAsync();
        return (code, await process._output, process.Log);
    }

    /// <summary>The rest of the next line of the log that has these words.</summary>
    public async Task<string> AfterAsync(string words)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var line in _log.Reader.ReadAllAsync(limit.Token))
            {
                if (line.IndexOf(words, StringComparison.Ordinal) is >= 0 and var at) return line[(at + words.Length)..];
            }
        }
        catch (OperationCanceledException)
        {
            // Said below.
        }

        throw new ShouldAssertException($"ferryd never said '{words}':\n{Log}");
    }

    public void Signal(int number) => SendSignal(_process.Id, number).ShouldBe(0);

    public async Task<int> ExitCodeAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _errors).WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_all) _all.AppendLine(line);
            _log.Writer.TryWrite(line);
        }

        _log.Writer.TryComplete();
    }
}
