using System.CommandLine;
using Ferry.Cli.Commands.Accounts;
using Ferry.Cli.Commands.Completion;
using Ferry.Cli.Commands.Contacts;
using Ferry.Cli.Commands.Demo;
using Ferry.Cli.Commands.Get;
using Ferry.Cli.Commands.Listing;
using Ferry.Cli.Commands.Receive;
using Ferry.Cli.Commands.Search;
using Ferry.Cli.Commands.Send;
using Ferry.Cli.Commands.Share;
using Ferry.Cli.Commands.Up;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Cli.Terminal;

namespace Ferry.Cli;

/// <summary>From words to an exit code: the composition of the program, with everything from outside handed in.</summary>
internal static class FerryCommandLine
{
    /// <summary>Runs one command line. Never throws: what nobody expected ends as <c>internal</c>.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> words,
        ITerminal terminal,
        Func<string, string?> environment,
        Handlers handlers,
        CancellationToken cancellationToken)
    {
        var host = new VerbHost(terminal, environment);
        var parsed = FerryGrammar.Create(host, handlers).Parse(words, FerryGrammar.Parsing);
        if (parsed.Errors.Count > 0) return host.Refuse(parsed, [.. parsed.Errors.Select(error => error.Message)]);
        try
        {
            var configuration = new InvocationConfiguration
            {
                // Signals and exceptions are ours.
                ProcessTerminationTimeout = null,
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out,
                Error = terminal.Error,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
        catch (Exception e)
        {
            terminal.SayError($"something in ferry itself went wrong: {e.GetType().Name}: {e.Message}", "please report it with what follows");
            await terminal.Error.WriteLineAsync(e.ToString());
            return FailureReason.Internal.ExitCode();
        }
    }

    /// <summary>The real ones.</summary>
    public static Handlers Handlers(ITerminal terminal, Func<string, string?> environment, ClientFactory connect, TimeProvider time) => new()
    {
        Demo = (options, cancellationToken) => DemoRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Up = (options, cancellationToken) => UpRun.RunAsync(options, terminal, time, cancellationToken),
        Account = (options, cancellationToken) => AccountRun.RunAsync(options, terminal, cancellationToken),
        Send = (options, cancellationToken) => SendRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Receive = (options, cancellationToken) => ReceiveRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Get = (options, cancellationToken) => GetRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Share = (options, cancellationToken) => ShareRun.RunAsync(options, terminal, connect, time, cancellationToken),
        List = (options, cancellationToken) => ListRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Search = (options, cancellationToken) => SearchRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Contact = (options, cancellationToken) => ContactRun.RunAsync(options, terminal, connect, time, cancellationToken),
        Completion = (options, _) => Task.FromResult(CompletionRun.Run(
            options,
            terminal,
            () => FerryGrammar.Create(new VerbHost(terminal, environment), Handlers(terminal, environment, connect, time)))),
    };
}
