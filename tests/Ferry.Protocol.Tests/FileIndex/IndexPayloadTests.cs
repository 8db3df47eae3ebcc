using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.FileIndex;

public sealed class IndexPayloadTests
{
    private const string Ns = "urn:ferry:jabberfs:index:1";
    private const string Hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    private const string File =
        $"<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>report.pdf</name><size>1234</size><media-type>application/pdf</media-type><date>2026-01-01T00:00:00Z</date><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{Hash}</hash></file>";

    // protocols: the publish stanza as the index's description prints it.
    [Fact]
    public void The_printed_publish_is_read_and_written_again()
    {
        var element = TestXml.Parse($"<publish xmlns='{Ns}' share='docs' generation='7' mode='delta'>\n <add path='a/report.pdf'>{File}</add>\n <remove path='a/old.pdf'/></publish>");
        IndexPublish.TryParse(element, out var publish, out _).ShouldBeTrue();
        (publish.Share, publish.Generation, publish.Mode, publish.Commits).ShouldBe(("docs", 7, PublishMode.Delta, false));
        var added = publish.Added.ShouldHaveSingleItem();
        (added.Path, added.File.Name, added.File.Size, added.File.MediaType).ShouldBe(("a/report.pdf", "report.pdf", 1234L, "application/pdf"));
        added.File.Date.ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        added.File.Hashes.ShouldHaveSingleItem().Algorithm.ShouldBe("sha-256");
        publish.Removed.ShouldBe(["a/old.pdf"]);
        IndexPublish.TryParse(TestXml.OverTheWire(publish.ToElement()), out var again, out _).ShouldBeTrue();
        again.ToElement().ToString().ShouldBe(publish.ToElement().ToString());
    }

    [Theory]
    [InlineData("share='docs' generation='0' mode='delta'", "", "bad-request")]
    [InlineData("share='docs' generation='-1' mode='delta'", "", "bad-request")]
    [InlineData("share='docs' mode='delta'", "", "bad-request")]
    [InlineData("share='docs' generation='1' mode='other'", "", "bad-request")]
    [InlineData("share='docs' generation='1' mode='delta' visibility='nobody'", "", "bad-request")]
    [InlineData("share='docs' generation='1' mode='delta'", "<commit/>", "bad-request")]
    [InlineData("share='docs' generation='2' mode='full' series='3'", "", "bad-request")]
    [InlineData("share='docs' generation='2' mode='full'", "<remove path='a'/>", "bad-request")]
    [InlineData("generation='1' mode='delta'", "", "not-acceptable")]
    [InlineData("share='a/b' generation='1' mode='delta'", "", "not-acceptable")]
    [InlineData("share='..' generation='1' mode='delta'", "", "not-acceptable")]
    [InlineData("share='docs' generation='1' mode='delta'", "<remove path='../x'/>", "not-acceptable")]
    [InlineData("share='docs' generation='1' mode='delta'", "<remove path='/x'/>", "not-acceptable")]
    [InlineData("share='docs' generation='1' mode='delta'", "<remove/>", "not-acceptable")]
    [InlineData("share='docs' generation='1' mode='delta'", "<remove path='a'/><remove path='a'/>", "bad-request")]
    [InlineData("share='docs' generation='1' mode='delta'", "<add path='a'/>", "bad-request")]
    [InlineData("share='docs' generation='1' mode='delta'", $"<add path='other.pdf'>{File}</add>", "not-acceptable")]
    [InlineData("share='docs' generation='1' mode='delta'", $"<add path='../report.pdf'>{File}</add>", "not-acceptable")]
    [InlineData("share='docs' generation='1' mode='delta'", "<add path='a'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>a</name></file></add>", "bad-request")]
    [InlineData("share='docs' generation='1' mode='delta'", "<add path='a'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>a</name><size>-1</size></file></add>", "bad-request")]
    public void What_is_malformed_is_refused_by_name(string attributes, string children, string condition)
    {
        IndexPublish.TryParse(TestXml.Parse($"<publish xmlns='{Ns}' {attributes}>{children}</publish>"), out _, out var error).ShouldBeFalse();
        error.ConditionName.ShouldBe(condition);
    }

    [Fact]
    public void A_part_has_two_hundred_files()
    {
        Publish(200).ShouldBeNull();
        Publish(201)!.Condition.ShouldBe(ErrorCondition.PolicyViolation);

        static StanzaError? Publish(int files)
        {
            var removed = Enumerable.Range(0, files).Select(i => $"f{i}").ToList();
            return IndexPublish.TryParse(new IndexPublish("s", 1, PublishMode.Delta, 0, [], removed).ToElement(), out _, out var error) ? null : error;
        }
    }

    [Fact]
    public void Every_payload_is_read_as_it_was_written()
    {
        var jid = Jid.Parse("bob@example.org/r");
        Again(new IndexPublished("docs", 7, 1234).ToElement(), e => IndexPublished.TryParse(e, out var p) ? p.ToElement() : null);
        Again(new IndexWithdraw("docs").ToElement(), e => IndexWithdraw.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(new IndexWithdraw(null).ToElement(), e => IndexWithdraw.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(new IndexResync().ToElement(), e => IndexResync.TryParse(e, out var p) ? p.ToElement() : null);
        Again(new IndexDeliver(5, "docs", "a/b.txt", jid, Retrieve: true).ToElement(), e => IndexDeliver.TryParse(e, out var p, out _) ? p.ToElement() : null);
        var access = new IndexAccess(
            "docs", "a/b", Visibility.Granted, [new IndexGrant.Account(jid.Bare), new IndexGrant.Domain(Jid.Parse("example.org")), new IndexGrant.Group("Friends", [jid.Bare])]);
        Again(access.ToElement(), e => IndexAccess.TryParse(e, out var p, out _) ? p.ToElement() : null);
        IndexAccess.TryParse(access.ToElement(), out var read, out _).ShouldBeTrue();
        read.Grants.ShouldBe(access.Grants);
        Again(new FileRetrieve(new FileNode(jid.Bare, "docs/a")).ToElement(), e => FileRetrieve.TryParse(e, out var p, out _) ? p.ToElement() : null);
        Again(
            new FolderListing("a", ["x"], [new FileMetadata("y", 3, "text/plain", null, "words") { Hashes = [FileHash.Sha256(new string('a', 64))] }], new ResultSetPage("1", 0, "2", 9)).ToElement(),
            e => FolderListing.TryParse(e, out var p) ? p.ToElement() : null);

        static void Again(Element written, Func<Element, Element?> read) => read(TestXml.OverTheWire(written))!.ToString().ShouldBe(written.ToString());
    }

    [Theory]
    [InlineData("<deliver xmlns='urn:ferry:jabberfs:index:1' entry='x' share='s' path='p' to='a@b/c'/>", "bad-request")]
    [InlineData("<deliver xmlns='urn:ferry:jabberfs:index:1' entry='1' share='s' path='../p' to='a@b/c'/>", "not-acceptable")]
    [InlineData("<deliver xmlns='urn:ferry:jabberfs:index:1' entry='1' share='s' path='p' to='a@b'/>", "jid-malformed")]
    public void A_deliver_is_checked(string xml, string condition)
    {
        IndexDeliver.TryParse(TestXml.Parse(xml), out _, out var error).ShouldBeFalse();
        error.ConditionName.ShouldBe(condition);
    }

    [Theory]
    [InlineData("<grant/>")]
    [InlineData("<grant jid='example.org'/>")]
    [InlineData("<grant domain='a@example.org'/>")]
    [InlineData("<grant group=''/>")]
    [InlineData("<grant group='g'><member/></grant>")]
    public void A_grant_names_somebody(string grant) =>
        IndexAccess.TryParse(TestXml.Parse($"<access xmlns='{Ns}'>{grant}</access>"), out _, out _).ShouldBeFalse();

    [Fact]
    public void Grants_are_counted()
    {
        var one = new IndexGrant.Account(Jid.Parse("a@b"));
        IndexAccess.TryParse(new IndexAccess(null, null, null, [.. Enumerable.Repeat(one, 200)]).ToElement(), out _, out _).ShouldBeTrue();
        IndexAccess.TryParse(new IndexAccess(null, null, null, [.. Enumerable.Repeat(one, 201)]).ToElement(), out _, out var error).ShouldBeFalse();
        error.Condition.ShouldBe(ErrorCondition.PolicyViolation);
        var members = new IndexGrant.Group("g", [.. Enumerable.Repeat(Jid.Parse("a@b"), 1001)]);
        IndexAccess.TryParse(new IndexAccess(null, null, null, [members]).ToElement(), out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Only_a_conflict_with_resync_asks_for_everything()
    {
        IndexErrors.WantsResync(StanzaError.Parse(TestXml.OverTheWire(new Iq(IqType.Error, "1", null, null, null, IndexErrors.Gap).ToElement()))).ShouldBeTrue();
        IndexErrors.WantsResync(new StanzaError(ErrorType.Cancel, ErrorCondition.Conflict)).ShouldBeFalse();
        IndexErrors.WantsResync(null).ShouldBeFalse();
    }

    [Theory]
    [InlineData("files", null, null)]
    [InlineData("files/alice@example.org", "alice@example.org", null)]
    [InlineData("files/alice@example.org/docs", "alice@example.org", "docs")]
    [InlineData("files/alice@example.org/docs/a/b.txt", "alice@example.org", "docs/a/b.txt")]
    public void Nodes_of_the_tree(string text, string? owner, string? path)
    {
        FileNode.TryParse(text, out var node).ShouldBeTrue();
        (node.Owner?.ToString(), node.Path).ShouldBe((owner, path));
        node.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("file")]
    [InlineData("files/")]
    [InlineData("files/alice@example.org/../x")]
    [InlineData("files/alice@example.org/")]
    [InlineData("files/@/x")]
    public void What_is_no_node(string text) => FileNode.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_node_tells_share_and_path()
    {
        var share = FileNode.Root.Child("alice@example.org").Child("docs");
        (share.Share, share.Inside, share.Name).ShouldBe(("docs", "", "docs"));
        var file = share.Child("a").Child("b.txt");
        (file.Share, file.Inside, file.Name).ShouldBe(("docs", "a/b.txt", "b.txt"));
    }

    // RFC 5122: what is not allowed in each part is escaped, the separators stay.
    [Theory]
    [InlineData("alice@example.org/Psi+ 1", "xmpp:alice@example.org/Psi%2B%201?jingle-ft")]
    [InlineData("a?b#c@example.org/x", "xmpp:a%3Fb%23c@example.org/x?jingle-ft")]
    [InlineData("alice@example.org", "xmpp:alice@example.org?jingle-ft")]
    public void Links(string jid, string link) => FileLink.JingleRequest(Jid.Parse(jid)).ShouldBe(link);

    // What nobody meant to send never throws, and what is read can be written.
    [Fact]
    public void Random_elements_are_read_or_refused()
    {
        var random = new RandomElements(77);
        string[] namespaces = [Namespaces.FileIndex, Namespaces.JingleFile, Namespaces.Hashes, Namespaces.DataForms, Namespaces.ResultSets, Namespaces.Search, Namespaces.Commands, Namespaces.FileSharing];
        string[] names = ["publish", "add", "remove", "commit", "file", "name", "size", "hash", "access", "grant", "member", "query", "x", "field", "value", "item", "set", "max", "after", "command", "deliver"];
        string[] attributes = ["share", "path", "generation", "mode", "series", "visibility", "entry", "to", "jid", "domain", "group", "node", "action", "sessionid", "var", "type", "algo"];
        for (var i = 0; i < 20_000; i++) Everything.Read(random.Next(namespaces, names, attributes, depth: 4));
    }
}
