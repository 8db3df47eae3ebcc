using System.Security.Cryptography;
using Ferry.Protocol.Stanzas;
using Ferry.Resuming;
using Ferry.Testing;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>Proposals to send between two clients at the embedded server: what arrives, and how each side's transfer ends.</summary>
public sealed class JabberFsSendTests
{
    private static readonly SendOptions ByJabberFs = new() { Offers = ["jabberfs"] };

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(1, "one")]
    [InlineData(3_000_000, "ünïcødé & <\"quotes'>; 100% 漢字.tar.gz")]
    public async Task A_file_arrives_whole_and_both_know_it(int size, string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File(name, size);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(path, bob.Jid, ByJabberFs).WaitAsync(Harbour.Patience);
        var received = await receiving;
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        (sent.Sha256, received.Sha256).ShouldBe((hash, hash));
        (sent.Offer, received.Offer).ShouldBe(("jabberfs", "jabberfs"));
        (sent.Bytes, received.Bytes).ShouldBe((size, size));
        (sent.VerifiedBy, received.VerifiedBy).ShouldBe(("sha-256", "sha-256"));
        (sent.Method, received.Method).ShouldBe(("tcp", "tcp"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe([received.Name]);
    }

    [Fact]
    public async Task A_no_is_a_no()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 1000), bob.Jid, ByJabberFs);
        var offer = await Harbour.NextOfferAsync(bob);
        (offer.Offer, offer.Name, offer.Size).ShouldBe(("jabberfs", "f", 1000));
        (await offer.DeclineAsync()).Failure!.Side.ShouldBe(Side.Here);
        (await sending.WaitAsync(Harbour.Patience)).Failure!.ShouldSatisfyAllConditions(
            failure => failure.Reason.ShouldBe(FailureReason.Refused),
            failure => failure.Side.ShouldBe(Side.Peer),
            failure => failure.Message.ShouldBe("the peer declined"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_side_may_stop_in_the_middle(bool senderStops)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        using var stop = new CancellationTokenSource();
        var source = new GatedStream(100_000, 50_000);
        var options = ByJabberFs with { Name = "f", Length = 150_000 };
        var sending = alice.SendAsync(source, bob.Jid, options, senderStops ? stop.Token : CancellationToken.None);
        var receiving = harbour.ReceiveAsync(bob, null, senderStops ? CancellationToken.None : stop.Token);
        var partial = Path.Combine(harbour.Inbox, ".f.ferry-part");
        await Eventually.HoldsAsync(() => File.Exists(partial) && new FileInfo(partial).Length == 100_000, "the first bytes are there");
        await stop.CancelAsync();
        var (sent, received) = (await sending.WaitAsync(Harbour.Patience), await receiving);
        (senderStops ? sent : received).Failure!.Reason.ShouldBe(FailureReason.Cancelled);
        (senderStops ? received : sent).Failure!.ShouldSatisfyAllConditions(
            failure => failure.Reason.ShouldBe(FailureReason.CancelledByPeer),
            failure => failure.Side.ShouldBe(Side.Peer));
        harbour.Received.ShouldBe([".f.ferry-part"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_goes_on_behind_what_is_its_beginning_and_begins_anew_behind_what_is_not(bool otherBytes)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob", options => options with { StateDirectory = Path.Combine(harbour.Folder, "state") });
        var path = harbour.File("film.mkv", 3_000_000);
        Leave(harbour, alice, path, 1_000_000, otherBytes);
        var sending = alice.SendAsync(path, bob.Jid, ByJabberFs);
        var received = await harbour.ReceiveAsync(bob); // with other bytes it is proposed twice, and one yes is enough
        received.Failure.ShouldBeNull();
        var sent = await sending.WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        (received.ResumedFrom, sent.ResumedFrom).ShouldBe(otherBytes ? (0, 0) : (1_000_000, 1_000_000));
        (received.VerifiedBy, sent.VerifiedBy).ShouldBe(("sha-256", "sha-256"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe(otherBytes ? [".film.mkv.ferry-part.old", "film.mkv"] : ["film.mkv"]);
    }

    [Fact]
    public async Task More_at_once_than_there_are_ports_all_arrive()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = Enumerable.Range(0, 12).Select(i => alice.SendAsync(harbour.File($"f{i}", 50_000 + i), bob.Jid, ByJabberFs)).ToList();
        var receiving = new List<Task<Outcome>>();
        for (var i = 0; i < 12; i++) receiving.Add((await Harbour.NextOfferAsync(bob)).AcceptAsync(harbour.Inbox));
        foreach (var outcome in await Task.WhenAll([.. sending, .. receiving]).WaitAsync(Harbour.Patience)) outcome.Failure.ShouldBeNull();
        harbour.Received.Length.ShouldBe(12);
    }

    [Fact]
    public async Task Who_has_no_room_for_it_now_is_asked_again()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        var sending = alice.SendAsync(harbour.File("f", 0), eve.Jid, ByJabberFs);
        var asked = await eve.SkipToAsync("<iq type='get'>...<query xmlns='http://jabber.org/protocol/disco#info'>...</query></iq>");
        await eve.SendAsync(
            $"<iq type='result' id='{asked.Attribute("id")}' to='{alice.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:ferry:jabberfs:1'/></query></iq>");
        var first = await ProposalAsync(eve);
        await eve.SendAsync(
            $"<iq type='error' id='{first.Attribute("id")}' to='{alice.Jid}'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        var second = await ProposalAsync(eve);
        var sid = second.FirstChild!.Attribute("sid");
        sid.ShouldNotBe(first.FirstChild!.Attribute("sid"));
        await eve.SendAsync($"<iq type='result' id='{second.Attribute("id")}' to='{alice.Jid}'><query xmlns='urn:ferry:jabberfs:1' sid='{sid}'><connecting/></query></iq>");
        await eve.SendAsync($"<iq type='set' id='c' to='{alice.Jid}'><query xmlns='urn:ferry:jabberfs:1' sid='{sid}'><complete/></query></iq>");
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();

        static Task<Protocol.Xml.Element> ProposalAsync(ScriptedClient eve) => eve.SkipToAsync(Proposal);
    }

    [Fact]
    public async Task What_can_only_be_sent_from_its_start_is_proposed_anew_to_who_has_a_part_of_it()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        using var content = new Transfers.GatedStream(1000, 0);
        var sending = alice.SendAsync(content, eve.Jid, ByJabberFs with { Name = "f", Length = 1000 });
        var asked = await eve.SkipToAsync("<iq type='get'>...<query xmlns='http://jabber.org/protocol/disco#info'>...</query></iq>");
        await eve.SendAsync(
            $"<iq type='result' id='{asked.Attribute("id")}' to='{alice.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:ferry:jabberfs:1'/></query></iq>");
        var first = await eve.SkipToAsync(Proposal);
        var part = "<connecting/><append/><filesize>1000</filesize><filebytesdone>10</filebytesdone>";
        await eve.SendAsync($"<iq type='result' id='{first.Attribute("id")}' to='{alice.Jid}'><query xmlns='urn:ferry:jabberfs:1' sid='{first.FirstChild!.Attribute("sid")}'>{part}</query></iq>");
        (await eve.SkipToAsync("<iq type='set'>...<query xmlns='urn:ferry:jabberfs:1'>...<abort reason='prefix-mismatch'/></query></iq>")).FirstChild!.Attribute("sid").ShouldBe(first.FirstChild.Attribute("sid"));
        var second = await eve.SkipToAsync(Proposal);
        await eve.SendAsync($"<iq type='result' id='{second.Attribute("id")}' to='{alice.Jid}'><query xmlns='urn:ferry:jabberfs:1' sid='{second.FirstChild!.Attribute("sid")}'><abort reason='declined'/></query></iq>");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
    }

    [Fact]
    public async Task Without_its_method_the_next_kind_of_offer_is_made()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(harbour.File("f", 1000), bob.Jid, new SendOptions { Offers = ["jabberfs", "si"], Methods = ["ibb"] }).WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        (sent.Offer, sent.Method).ShouldBe(("si", "ibb"));
        (await receiving).Failure.ShouldBeNull();
    }

    private const string Proposal = "<iq type='set'>...<query xmlns='urn:ferry:jabberfs:1'>...<connecting/></query></iq>";

    // What a receive leaves that broke off after that many bytes.
    private static void Leave(Harbour harbour, FerryClient alice, string path, int bytes, bool otherBytes)
    {
        var partial = Path.Combine(harbour.Inbox, ".film.mkv.ferry-part");
        var beginning = File.ReadAllBytes(path)[..bytes];
        if (otherBytes) beginning[7] ^= 1;
        File.WriteAllBytes(partial, beginning);
        var date = XmppDateTime.Parse(XmppDateTime.Format(new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero)));
        var identity = new FileIdentity(alice.Jid.Bare, "film.mkv", new FileInfo(path).Length, null, date);
        var entry = JournalEntry.Of(partial, identity) with { Bytes = bytes, Hashed = bytes, Sha256 = Convert.ToHexStringLower(SHA256.HashData(beginning)) };
        new Journal(Path.Combine(harbour.Folder, "state")).TryWrite(entry).ShouldBeTrue();
    }
}
