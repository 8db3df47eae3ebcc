using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Send;

/// <summary>The grammar of <c>ferry send FILE… JID</c>.</summary>
internal static class SendCommand
{
    private static readonly Setting Name = new("name", SettingKind.One, "NAME", "Offer the file under this name; needed for standard input");
    private static readonly Setting Desc = new("desc", SettingKind.One, "TEXT", "A few words for the person at the other end");

    private static readonly Setting[] Own = [TransferSettings.Offer, TransferSettings.Via, Desc, Name, TransferSettings.LegacyJabberFs];

    public static Verb Create(VerbHost host, Func<SendCommandOptions, CancellationToken, Task<int>> run)
    {
        // One argument and not two: a parser that gives the first everything would leave nothing for the address.
        var words = new Argument<string[]>("FILE… JID")
        {
            Description = "Files to send (- is standard input), and at the end whom to send them to",
            Arity = ArgumentArity.OneOrMore,
        };
        host.Knows([.. Own, .. ConnectionSettings.All]);
        var verb = new Verb(
            "send",
            "Send files to an XMPP address, one after the other",
            new Example("ferry send film.mkv bob@example.org", "to any of bob's programs; asks which if there are several"),
            new Example("ferry send --account alice@example.org --desc 'the scans' a.pdf b.pdf bob@example.org/laptop", "two files to one of them, with a few words"),
            new Example("ferry send --via ibb notes.txt bob@example.org", "through the server, when no direct connection is wanted"),
            new Example("tar c photos | ferry send --name photos.tar - bob@example.org", "what another program prints"));
        verb.Arguments.Add(words);
        return verb.Takes(Own).Takes(ConnectionSettings.All).Runs(host, reader => Bind(reader, words), run);
    }

    private static SendCommandOptions? Bind(SettingReader reader, Argument words)
    {
        var given = reader.Words(words);
        var connection = ConnectionSettings.Read(reader);
        var name = reader.One(Name, ReadName);
        var options = new SendCommandOptions
        {
            Connection = connection!,
            Files = [.. given.SkipLast(1)],
            To = ReadTarget(reader, given)!,
            Name = name,
            Description = reader.One(Desc, SettingTexts.Any),
            Offers = TransferSettings.ReadOffers(reader),
            Methods = TransferSettings.ReadMethods(reader),
        };
        if (options.Files.Count > 1 && name is not null) reader.Refuse("--name: can name one file only");
        if (options.Files.Contains("-", StringComparer.Ordinal) && name is null) reader.Refuse("standard input has no name of its own: give --name NAME");
        return connection is null ? null : options with { Connection = connection with { LegacyJabberFs = TransferSettings.ReadLegacyJabberFs(reader) } };
    }

    private static Reading<string> ReadName(string text) =>
        text.Length > 0 && !text.Contains('/', StringComparison.Ordinal) ? text : Reading<string>.Bad("is not a file name (no '/' in it)");

    private static Jid? ReadTarget(SettingReader reader, IReadOnlyList<string> given)
    {
        var last = given[^1];
        if (given.Count < 2)
        {
            reader.Refuse(Jid.TryParse(last, out var alone) && alone.Local is not null && !File.Exists(last)
                ? $"no file to send to '{last}': ferry send FILE… JID"
                : $"nobody to send '{last}' to: the last word is the address, ferry send FILE… JID");
            return null;
        }

        // A domain is an address too (a gateway), but a file's name in the last place is a forgotten address.
        return reader.Word(last, "JID", text => Jid.TryParse(text, out var jid) && (jid.Local is not null || !File.Exists(text))
            ? jid
            : Reading<Jid>.Bad("is not an XMPP address (name@example.org or name@example.org/resource); it comes last"));
    }
}
