using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;
using Ferry.Server.Accounts;
using Ferry.Server.Storage;

namespace Ferry.Cli.Commands.Accounts;

/// <summary>Does what <c>ferry account</c> was asked. The server may run meanwhile: both use the same store.</summary>
internal static class AccountRun
{
    public static async Task<int> RunAsync(AccountCommandOptions options, ITerminal terminal, CancellationToken cancellationToken)
    {
        var failure = await TryAsync(options, terminal, cancellationToken);
        if (failure is null) return FailureReasons.Done;
        if (options.Json) new EventWriter(terminal.Out).Write(failure.ToEvent());
        terminal.SayError(failure.Message, failure.Hint);
        return failure.Reason.ExitCode();
    }

    private static async Task<Failure?> TryAsync(AccountCommandOptions options, ITerminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            // The password comes first: nobody should wait for a person with the store open.
            var password = options switch
            {
                AccountCommandOptions.Register register => await new PasswordReader(terminal).ReadNewAsync(register.Password, register.Jid, cancellationToken),
                AccountCommandOptions.SetPassword set => await new PasswordReader(terminal).ReadNewAsync(set.Password, set.Jid, cancellationToken),
                _ => "",
            };
            await using var store = await AccountStore.OpenAsync(options.Data, cancellationToken);
            return await DoAsync(options, store, password, terminal, cancellationToken);
        }
        catch (FerryException e)
        {
            return e.ToFailure();
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException)
        {
            return Here(e is UnauthorizedAccessException ? FailureReason.Permission : FailureReason.Io, e.Message);
        }
    }

    private static async Task<Failure?> DoAsync(AccountCommandOptions options, AccountStore store, string password, ITerminal terminal, CancellationToken cancellationToken)
    {
        switch (options)
        {
            case AccountCommandOptions.Register register:
                return Done(options, terminal, register.Jid, await store.RegisterAsync(register.Jid, password, cancellationToken), "is an account now");
            case AccountCommandOptions.SetPassword set:
                return Done(options, terminal, set.Jid, await store.SetPasswordAsync(set.Jid, password, cancellationToken), "has another password now");
            case AccountCommandOptions.Remove remove:
                return Done(options, terminal, remove.Jid, await store.RemoveAsync(remove.Jid, cancellationToken), "is no account any more");
            default:
                List(await store.ListAsync(cancellationToken), options.Json, terminal);
                return null;
        }
    }

    private static Failure? Done(AccountCommandOptions options, ITerminal terminal, Jid jid, AccountChange change, string done)
    {
        switch (change)
        {
            case AccountChange.Done:
                if (options.Verbosity is not Verbosity.Quiet) terminal.SayNote($"{jid} {done}");
                return null;
            case AccountChange.Exists:
                return Here(FailureReason.Exists, $"there is an account {jid} already", $"to change its password: ferry account password {jid}");
            case AccountChange.Unknown:
                return Here(FailureReason.Absent, $"there is no account {jid}", "'ferry account list' shows which there are; --data names another store");
            case AccountChange.BadPassword:
                return Here(FailureReason.Usage, "the password has characters that XMPP does not permit", "use letters, digits, signs and spaces");
            default:
                return Here(FailureReason.Usage, $"{jid} cannot be an account", "accounts look like name@localhost");
        }
    }

    private static void List(IReadOnlyList<Jid> accounts, bool json, ITerminal terminal)
    {
        var events = json ? new EventWriter(terminal.Out) : null;
        foreach (var jid in accounts)
        {
            if (events is not null) events.Write(new AccountEvent(jid.ToString()));
            else terminal.Out.WriteLine(SafeText.Show(jid.ToString()));
        }
    }

    private static Failure Here(FailureReason reason, string message, string? hint = null) => new(reason, Phase.Connecting, Side.Here, message, hint);
}
