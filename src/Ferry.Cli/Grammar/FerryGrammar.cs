using System.CommandLine;
using System.CommandLine.Help;
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

namespace Ferry.Cli.Grammar;

/// <summary>The whole command line.</summary>
internal static class FerryGrammar
{
    /// <summary>How words are split: a file's name may begin with <c>@</c>, so there are no response files.</summary>
    public static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static Verb Create(VerbHost host, Handlers handlers)
    {
        // Not the library's RootCommand: its name would be that of the assembly, and the command is `ferry`.
        var root = new Verb(
            "ferry",
            "Send files to any XMPP address, by every method that both sides have",
            new Example("ferry demo", "shows everything on this machine, with nothing set up"),
            new Example("ferry send film.mkv bob@example.org", "sends a file"),
            new Example("ferry receive --dir ~/Downloads", "waits for files"));
        root.Subcommands.Add(DemoCommand.Create(host, handlers.Demo));
        root.Subcommands.Add(UpCommand.Create(host, handlers.Up));
        root.Subcommands.Add(AccountCommand.Create(host, handlers.Account));
        root.Subcommands.Add(SendCommand.Create(host, handlers.Send));
        root.Subcommands.Add(ReceiveCommand.Create(host, handlers.Receive));
        root.Subcommands.Add(GetCommand.Create(host, handlers.Get));
        root.Subcommands.Add(ShareCommand.Create(host, handlers.Share));
        root.Subcommands.Add(ListCommand.Create(host, handlers.List));
        root.Subcommands.Add(SearchCommand.Create(host, handlers.Search));
        root.Subcommands.Add(ContactCommand.Create(host, handlers.Contact));
        root.Subcommands.Add(CompletionCommand.Create(host, handlers.Completion));
        root.Options.Add(new Option<bool>("--version") { Description = "Show the version", Arity = ArgumentArity.Zero, Action = new VersionAction() });
        var help = new HelpOption("--help", "-h") { Description = "Show help, with examples", Recursive = true };
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.Options.Add(help);
        return root;
    }
}
