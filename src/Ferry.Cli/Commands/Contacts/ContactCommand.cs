using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;

namespace Ferry.Cli.Commands.Contacts;

/// <summary>The grammar of <c>ferry contact add|remove|list</c>.</summary>
internal static class ContactCommand
{
    private static readonly Setting Name = new("name", SettingKind.One, "NAME", "The name to keep the contact under");

    public static Verb Create(VerbHost host, Func<ContactCommandOptions, CancellationToken, Task<int>> run)
    {
        var verb = new Verb(
            "contact",
            "The contacts of an account: whose presence it sees",
            new Example("ferry contact add bob@example.org", "asks to see bob's presence and lets bob see yours"),
            new Example("ferry contact list --json", "for a script"));
        verb.Subcommands.Add(Add(host, run));
        verb.Subcommands.Add(Remove(host, run));
        verb.Subcommands.Add(List(host, run));
        return verb;
    }

    private static Verb Add(VerbHost host, Func<ContactCommandOptions, CancellationToken, Task<int>> run)
    {
        var jid = Contact();
        var verb = new Verb("add", "Add a contact", new Example("ferry contact add --name Bob bob@example.org", "under a name of your choice"));
        verb.Arguments.Add(jid);
        return verb.Takes([Name]).Takes(ConnectionSettings.All).Runs(
            host,
            reader => ConnectionSettings.Read(reader) is { } connection && Address(reader, jid) is { } contact
                ? new ContactCommandOptions.Add(connection, contact, reader.One(Name, SettingTexts.Any))
                : null,
            (options, cancellationToken) => run(options, cancellationToken));
    }

    private static Verb Remove(VerbHost host, Func<ContactCommandOptions, CancellationToken, Task<int>> run)
    {
        var jid = Contact();
        var verb = new Verb("remove", "Remove a contact", new Example("ferry contact remove bob@example.org", "neither sees the other's presence any more"));
        verb.Arguments.Add(jid);
        return verb.Takes(ConnectionSettings.All).Runs(
            host,
            reader => ConnectionSettings.Read(reader) is { } connection && Address(reader, jid) is { } contact
                ? new ContactCommandOptions.Remove(connection, contact)
                : null,
            (options, cancellationToken) => run(options, cancellationToken));
    }

    private static Verb List(VerbHost host, Func<ContactCommandOptions, CancellationToken, Task<int>> run) =>
        new Verb("list", "List the contacts", new Example("ferry contact list --account alice@example.org", "a table with who sees whom"))
            .Takes(ConnectionSettings.All)
            .Runs(
                host,
                reader => ConnectionSettings.Read(reader) is { } connection ? new ContactCommandOptions.List(connection) : null,
                (options, cancellationToken) => run(options, cancellationToken));

    private static Argument<string> Contact() => new("JID") { Description = "The contact's address, without a resource" };

    private static Protocol.Addressing.Jid? Address(SettingReader reader, Argument argument) =>
        reader.Word(reader.Words(argument)[0], "JID", SettingTexts.BareAccount);
}
