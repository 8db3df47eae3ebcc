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

/// <summary>What runs once a command line is understood. Tests of the grammar put their own here.</summary>
internal sealed record Handlers
{
    public required Func<DemoCommandOptions, CancellationToken, Task<int>> Demo { get; init; }

    public required Func<UpCommandOptions, CancellationToken, Task<int>> Up { get; init; }

    public required Func<AccountCommandOptions, CancellationToken, Task<int>> Account { get; init; }

    public required Func<SendCommandOptions, CancellationToken, Task<int>> Send { get; init; }

    public required Func<ReceiveCommandOptions, CancellationToken, Task<int>> Receive { get; init; }

    public required Func<GetCommandOptions, CancellationToken, Task<int>> Get { get; init; }

    public required Func<ShareCommandOptions, CancellationToken, Task<int>> Share { get; init; }

    public required Func<ListCommandOptions, CancellationToken, Task<int>> List { get; init; }

    public required Func<SearchCommandOptions, CancellationToken, Task<int>> Search { get; init; }

    public required Func<ContactCommandOptions, CancellationToken, Task<int>> Contact { get; init; }

    public required Func<CompletionCommandOptions, CancellationToken, Task<int>> Completion { get; init; }
}
