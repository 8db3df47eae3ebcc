using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Accounts;

/// <summary>The grammar of <c>ferry account register|list|password|remove</c>.</summary>
internal static class AccountCommand
{
    private static readonly Setting[] Own = [ServerSettings.Data, .. ServerSettings.Speech];

    public static Verb Create(VerbHost host, Func<AccountCommandOptions, CancellationToken, Task<int>> run)
    {
        host.Knows(Own);
        var verb = new Verb(
            "account",
            "The accounts of the embedded server (of other servers: ask who runs them)",
            new Example("ferry account register alice@localhost", "asks for the new password; 'ferry up' may be running"),
            new Example("ferry account list", "who there is"));
        verb.Subcommands.Add(OfOne(
            host,
            new Verb("register", "Make an account", new Example("ferry account register --password-file secret alice@localhost", "without a question")),
            takesPassword: true,
            (data, jid, password) => new AccountCommandOptions.Register(jid, password) { Data = data },
            run));
        verb.Subcommands.Add(List(host, run));
        verb.Subcommands.Add(OfOne(
            host,
            new Verb("password", "Give an account another password", new Example("ferry account password alice@localhost", "asks for the new one")),
            takesPassword: true,
            (data, jid, password) => new AccountCommandOptions.SetPassword(jid, password) { Data = data },
            run));
        verb.Subcommands.Add(OfOne(
            host,
            new Verb("remove", "Remove an account and its contacts", new Example("ferry account remove alice@localhost", "at once; sessions that are open stay so")),
            takesPassword: false,
            (data, jid, _) => new AccountCommandOptions.Remove(jid) { Data = data },
            run));
        return verb;
    }

    private static Verb OfOne(
        VerbHost host,
        Verb verb,
        bool takesPassword,
        Func<string, Jid, PasswordSource, AccountCommandOptions> make,
        Func<AccountCommandOptions, CancellationToken, Task<int>> run)
    {
        var words = new Argument<string>("JID") { Description = "The account: name@domain, with the domain of 'ferry up' (localhost)" };
        verb.Arguments.Add(words);
        if (takesPassword) verb.Takes([ConnectionSettings.PasswordFile]);
        return verb.Takes(Own).Runs(
            host,
            reader =>
            {
                if (reader.Word(reader.Words(words)[0], "JID", SettingTexts.BareAccount) is not { } jid) return null;
                reader.Account = jid;
                return Speech(reader, make(ServerSettings.ReadData(reader), jid, ConnectionSettings.ReadPasswordSource(reader)));
            },
            run);
    }

    private static Verb List(VerbHost host, Func<AccountCommandOptions, CancellationToken, Task<int>> run) =>
        new Verb("list", "List the accounts", new Example("ferry account list --json", "for a script"))
            .Takes(Own)
            .Runs(host, reader => Speech(reader, new AccountCommandOptions.List { Data = ServerSettings.ReadData(reader) }), run);

    private static AccountCommandOptions Speech(SettingReader reader, AccountCommandOptions options) =>
        options with { Json = reader.Switch(ConnectionSettings.Json), Verbosity = ConnectionSettings.ReadVerbosity(reader) };
}
