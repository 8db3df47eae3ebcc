using Ferry.Interop.Tests.Crossings;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>Contacts, as people have them: bare addresses, several clients of one account, several files one after the other, names in every script.</summary>
public sealed class ContactTests(ProsodyServer server, PurpleProgram purple)
{
    private static readonly string[] Names = ["תמונה של חתול.bin", "👩‍👩‍👧 日本語 🏳️‍🌈.bin", new string('ж', 110) + ".bin"];

    [Theory]
    [InlineData(Crossing.Slixmpp)]
    [InlineData(Crossing.Libpurple)]
    public async Task Files_go_to_a_contact_s_bare_address_one_after_the_other_under_their_names(string library)
    {
        using var files = new SampleFiles(Names);
        var (ferry, account) = await Accounts();
        await using var peer = await LogIn(library, account);
        await peer.Receive("si");
        await Contacts.Meet(server, ferry, account);

        await using var sender = FerryProcess.Run(server, ferry, ["send", .. files.All.Select(file => file.FilePath), account.Jid]);

        foreach (var file in files.All)
        {
            (await peer.Next("offered")).GetProperty("name").GetString().ShouldBe(Path.GetFileName(file.FilePath), sender.Describe("another name"));
            (await peer.Next("received", "failed")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
            (await sender.Done()).GetProperty("peer").GetString().ShouldBe(peer.Jid);
        }

        (await sender.ExitCode()).ShouldBe(0);
    }

    [Theory]
    [InlineData(Crossing.Slixmpp)]
    [InlineData(Crossing.Libpurple)]
    public async Task A_contact_s_files_arrive_one_after_the_other_under_their_names(string library)
    {
        using var files = new SampleFiles(Names);
        using var target = new TargetDirectory();
        var (ferry, account) = await Accounts();
        await using var peer = await LogIn(library, account);
        await Contacts.Meet(server, ferry, account);
        await using var receiver = await FerryProcess.ReceiveSome(server, ferry, target.Path, Names.Length, "--from", account.Jid);
        // libpurple offers nothing a second time to somebody whom it doesn't see.
        await peer.Next("online");

        foreach (var file in files.All)
        {
            await peer.Send(receiver.Jid, file.FilePath, "si", "ibb");
            var done = await receiver.Done();
            done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
            (await peer.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", peer.Describe("not sent"));
        }

        (await receiver.ExitCode()).ShouldBe(0);
        target.Arrived.ShouldBe(Names, ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_contact_s_clients_the_one_that_takes_files_is_found()
    {
        using var file = new SampleFile(1);
        var (ferry, account) = await Accounts();
        await using var telephone = await SlixmppPeer.LogIn(server, account, files: false);
        await using var desktop = await PurplePeer.LogIn(purple, server, account);
        await desktop.Receive("si");
        await Contacts.Meet(server, ferry, account);

        await using var sender = FerryProcess.Run(server, ferry, "send", file.FilePath, account.Jid);

        (await sender.Done()).GetProperty("peer").GetString().ShouldBe(desktop.Jid);
        (await desktop.Next("received", "failed")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task Of_two_clients_that_take_files_none_is_guessed()
    {
        using var file = new SampleFile(1);
        var (ferry, account) = await Accounts();
        await using var one = await SlixmppPeer.LogIn(server, account);
        await using var other = await PurplePeer.LogIn(purple, server, account);
        await Contacts.Meet(server, ferry, account);

        await using var sender = FerryProcess.Run(server, ferry, "send", file.FilePath, account.Jid);

        var failed = await sender.Failed();
        failed.GetProperty("reason").GetString().ShouldBe("ambiguous-peer");
        failed.GetProperty("resources").EnumerateArray().Select(resource => resource.GetString()).ShouldBe([one.Jid, other.Jid], ignoreOrder: true);
        (await sender.ExitCode()).ShouldBe(2);
    }

    private async Task<(Account Ferry, Account Peer)> Accounts() => (await server.CreateAccount("ferry"), await server.CreateAccount("peer"));

    private async Task<IPeer> LogIn(string library, Account account) =>
        library == Crossing.Slixmpp ? await SlixmppPeer.LogIn(server, account) : await PurplePeer.LogIn(purple, server, account);

    private sealed class SampleFiles(IEnumerable<string> names) : IDisposable
    {
        public IReadOnlyList<SampleFile> All { get; } = [.. names.Select((name, index) => new SampleFile(1_000 * (index + 1), name))];

        public void Dispose()
        {
            foreach (var file in All) file.Dispose();
        }
    }
}
