using Ferry.Cli.Commands.Contacts;
using Ferry.Cli.Commands.Get;
using Ferry.Cli.Commands.Receive;
using Ferry.Cli.Commands.Search;
using Ferry.Cli.Commands.Send;
using Ferry.Cli.Commands.Share;
using Ferry.Cli.Grammar;
using Ferry.Testing.Time;

namespace Ferry.Cli.Tests.Fakes;

/// <summary>One command line with its environment; either with the real handlers and a fake client, or only up to the options records.</summary>
internal sealed class CommandLineRun
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal)
    {
        ["HOME"] = "/nonexistent",
        ["FERRY_ACCOUNT"] = "me@example.org",
        ["FERRY_PASSWORD"] = "secret",
    };

    public RecordingTerminal Terminal { get; init; } = new();

    public FakeClient Client { get; init; } = new();

    public ManualTime Time { get; } = new();

    public SendCommandOptions? Send { get; private set; }

    public ReceiveCommandOptions? Receive { get; private set; }

    public GetCommandOptions? Get { get; private set; }

    public ShareCommandOptions? Share { get; private set; }

    public SearchCommandOptions? Search { get; private set; }

    public ContactCommandOptions? Contact { get; private set; }

    public CommandLineRun With(string variable, string? value)
    {
        if (value is null) _environment.Remove(variable);
        else _environment[variable] = value;
        return this;
    }

    /// <summary>Understands the words and keeps the options record.</summary>
    public Task<int> ParseAsync(params string[] words)
    {
        var real = Handlers();
        return FerryCommandLine.RunAsync(
            words,
            Terminal,
            Variable,
            real with
            {
                Send = (options, _) => Kept(Send = options),
                Receive = (options, _) => Kept(Receive = options),
                Get = (options, _) => Kept(Get = options),
                Share = (options, _) => Kept(Share = options),
                Search = (options, _) => Kept(Search = options),
                Contact = (options, _) => Kept(Contact = options),
            },
            CancellationToken.None);
    }

    /// <summary>Runs the words with the fake client.</summary>
    public Task<int> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken = default) =>
        FerryCommandLine.RunAsync(words, Terminal, Variable, Handlers(), cancellationToken);

    private static Task<int> Kept(object? _) => Task.FromResult(0);

    private Handlers Handlers() => FerryCommandLine.Handlers(Terminal, Variable, Client.ConnectAsync, Time);

    private string? Variable(string name) => _environment.GetValueOrDefault(name);
}
