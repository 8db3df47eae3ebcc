using System.Text;

namespace Ferry.Cli.Terminal;

/// <summary>The terminal or the pipes that the program was started with.</summary>
internal sealed class ConsoleTerminal(Func<string, string?> environment) : ITerminal
{
    private readonly Lazy<TextWriter> _out = new(() => TextWriter.Synchronized(Console.Out));
    private readonly Lazy<TextWriter> _error = new(() => TextWriter.Synchronized(Console.Error));
    private LiveRegion? _live;

    public TextWriter Out => _out.Value;

    public TextWriter Error => _error.Value;

    public bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public bool CanRedraw => !Console.IsErrorRedirected && !string.Equals(environment("TERM"), "dumb", StringComparison.Ordinal);

    public bool Colours => CanRedraw && string.IsNullOrEmpty(environment("NO_COLOR"));

    public LiveRegion? Live => CanRedraw ? LazyInitializer.EnsureInitialized(ref _live, () => new LiveRegion(Error)) : null;

    public int Width
    {
        get
        {
            try
            {
                return Console.WindowWidth is > 0 and var width ? width : 80;
            }
            catch (IOException)
            {
                return 80;
            }
        }
    }

    public Stream OpenInput() => Console.OpenStandardInput();

    // A console read cannot be cancelled: the thread is left behind, and the program ends right after.
    public async Task<string?> AskAsync(string question, CancellationToken cancellationToken)
    {
        await Error.WriteAsync(question.AsMemory(), cancellationToken);
        await Error.FlushAsync(cancellationToken);
        return await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
    }

    public async Task<string?> AskSecretAsync(string question, CancellationToken cancellationToken)
    {
        await Error.WriteAsync(question.AsMemory(), cancellationToken);
        await Error.FlushAsync(cancellationToken);
        try
        {
            return await Task.Run(ReadSecret, CancellationToken.None).WaitAsync(cancellationToken);
        }
        finally
        {
            await Error.WriteLineAsync();
        }
    }

    private static string? ReadSecret()
    {
        var secret = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key is ConsoleKey.Enter) return secret.ToString();
            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && secret.Length == 0) return null;
            if (key is { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }) secret.Clear();
            else if (key.Key is ConsoleKey.Backspace) secret.Length = Math.Max(0, secret.Length - 1);
            else if (!char.IsControl(key.KeyChar)) secret.Append(key.KeyChar);
        }
    }
}
