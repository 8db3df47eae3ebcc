using Ferry.Cli;
using Ferry.Cli.Connecting;
using Ferry.Cli.Terminal;

// The only place that ends the program.
var terminal = new ConsoleTerminal(Environment.GetEnvironmentVariable);
using var interruption = new Interruption(
    () =>
    {
        if (terminal.CanRedraw) terminal.SayNote("cancelling; once more stops at once");
    },
    Environment.Exit);
var handlers = FerryCommandLine.Handlers(terminal, Environment.GetEnvironmentVariable, LibraryClient.ConnectAsync, TimeProvider.System);
var code = await FerryCommandLine.RunAsync(args, terminal, Environment.GetEnvironmentVariable, handlers, interruption.Token);
return interruption.ExitCode(code);
