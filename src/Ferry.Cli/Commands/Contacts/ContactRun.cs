using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Commands.Contacts;

/// <summary>Does what <c>ferry contact</c> was asked.</summary>
internal static class ContactRun
{
    public static async Task<int> RunAsync(
        ContactCommandOptions options,
        ITerminal terminal,
        ClientFactory connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var report = Report.For(options.Connection, Direction.Sending, terminal, time);
        try
        {
            var library = options.Connection.ToFerryOptions() with { SendPresence = false };
            await using var client = await Login.ConnectAsync(options.Connection, library, terminal, connect, cancellationToken);
            await DoAsync(options, client, terminal, cancellationToken);
            return FailureReasons.Done;
        }
        catch (FerryException e)
        {
            report.Failed(e.ToFailure());
            return e.Reason.ExitCode();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return FailureReason.Cancelled.ExitCode();
        }
    }

    private static async Task DoAsync(ContactCommandOptions options, IFerryClient client, ITerminal terminal, CancellationToken cancellationToken)
    {
        switch (options)
        {
            case ContactCommandOptions.Add add:
                await client.AddContactAsync(add.Contact, add.Name, cancellationToken);
                Note(options, terminal, $"{add.Contact} is a contact now");
                break;
            case ContactCommandOptions.Remove remove:
                await client.RemoveContactAsync(remove.Contact, cancellationToken);
                Note(options, terminal, $"{remove.Contact} is no contact any more");
                break;
            case ContactCommandOptions.List list:
                Show(await client.GetContactsAsync(cancellationToken), list.Connection.Json, terminal);
                break;
        }
    }

    private static void Note(ContactCommandOptions options, ITerminal terminal, string text)
    {
        if (options.Connection.Verbosity is not Verbosity.Quiet) terminal.SayNote(text);
    }

    private static void Show(IReadOnlyList<Contact> contacts, bool json, ITerminal terminal)
    {
        if (json)
        {
            var events = new EventWriter(terminal.Out);
            foreach (var contact in contacts) events.Write(new ContactEvent(contact.Jid.ToString(), contact.Name, contact.Subscription, contact.Pending));
            return;
        }

        if (contacts.Count == 0) return;
        var table = new TextTable(["JID", "NAME", "SUBSCRIPTION"]);
        foreach (var contact in contacts)
            table.Add(SafeText.Show(contact.Jid.ToString()), SafeText.Show(contact.Name ?? ""), contact.Pending ? contact.Subscription + ", asked" : contact.Subscription);
        table.WriteTo(terminal.Out, terminal.Width);
    }
}
