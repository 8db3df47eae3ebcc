using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Ferry.Interop.Tests.Peers;

/// <summary>One program that a test started: its output line by line, the end of its error output for failure messages, killed by its id at the latest on disposal.</summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int ErrorsKept = 64 * 1024;
    private const int LinesWaiting = 10_000;
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(10);

    private const int InterruptSignal = 2;

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(LinesWaiting);
    private readonly StringBuilder _errors = new();
    private readonly Task _output;
    private readonly Task _errorOutput;

    /// <summary>A shell's background jobs ignore Ctrl-C, and their children with them; those of the tests are to hear it wherever the tests run.</summary>
    static ChildProcess()
    {
        const string field = "SigIgn:";
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..].Trim();
        if ((Convert.ToUInt64(ignored, 16) >> (InterruptSignal - 1) & 1) == 1) SetSignal(InterruptSignal, 0);
    }

    private ChildProcess(Process process)
    {
        _process = process;
        _output = ReadOutput();
        _errorOutput = ReadErrors();
    }

    public string Name => _process.StartInfo.FileName;

    /// <summary>Lines of standard output, completed at its end.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>The last 64 K characters of standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <exception cref="InvalidOperationException">There is no such program: the test fails, it is never skipped.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"{program} is not there; ./test.sh installs what the interop tests need.");
        }

        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    public async Task WriteLine(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt() => Signal(InterruptSignal);

    public void Terminate() => Signal(15);

    /// <summary>The end without a last word, as a power cut would be.</summary>
    public void Kill() => Signal(9);

    /// <summary>Stops it where it stands (SIGSTOP of Linux).</summary>
    public void Freeze() => Signal(19);

    /// <summary>Lets it go on (SIGCONT of Linux).</summary>
    public void Thaw() => Signal(18);

    /// <returns>The exit code, after all output has been read.</returns>
    /// <exception cref="TimeoutException">It still runs after <paramref name="longest"/>.</exception>
    public async Task<int> WaitForExit(TimeSpan longest)
    {
        try
        {
            await Task.WhenAll(_process.WaitForExitAsync(), _output, _errorOutput).WaitAsync(longest);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{Name} still runs after {longest.TotalSeconds:0} s.\n{Errors}", exception);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().WaitAsync(KillWait);
        _lines.Writer.TryComplete();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    private void Signal(int number)
    {
        if (!_process.HasExited && SendSignal(_process.Id, number) != 0)
        {
            throw new InvalidOperationException($"kill({_process.Id}, {number}) failed with {Marshal.GetLastPInvokeError()}.");
        }
    }

    private async Task ReadOutput()
    {
        try
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                await _lines.Writer.WriteAsync(line);
            }
        }
        catch (ChannelClosedException)
        {
            // The test is over.
        }

        _lines.Writer.TryComplete();
    }

    private async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
                if (_errors.Length > ErrorsKept)
                {
                    _errors.Remove(0, _errors.Length - ErrorsKept);
                }
            }
        }
    }
}
