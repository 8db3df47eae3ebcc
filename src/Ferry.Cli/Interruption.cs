using System.Runtime.InteropServices;

namespace Ferry.Cli;

/// <summary>
/// SIGINT and SIGTERM: the first one cancels what runs, so that both ends of a transfer hear of it; a second one ends the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _onFirst;
    private readonly Action<int> _exit;
    private int _signals;
    private int _exitCode;

    /// <param name="onFirst">Called at the first signal.</param>
    /// <param name="exit">Ends the program with a code, at the second one.</param>
    public Interruption(Action onFirst, Action<int> exit)
    {
        _onFirst = onFirst;
        _exit = exit;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Take(context, FailureReasons.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Take(context, FailureReasons.Terminated)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The program's code when a command ended with <paramref name="code"/>: a terminated one is told from an interrupted one.</summary>
    public int ExitCode(int code) => code == FailureReasons.Interrupted && _exitCode != 0 ? _exitCode : code;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Take(PosixSignalContext context, int code)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
        {
            _exit(code);
            return;
        }

        _exitCode = code;
        _onFirst();
        _source.Cancel();
    }
}
