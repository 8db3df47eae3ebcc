using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Transfers;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Jingle.Files;

public sealed class FileDescriptionTests
{
    private const string Ns = "xmlns='urn:xmpp:jingle:apps:file-transfer:5'";

    [Fact]
    public void Everything_is_written_and_read()
    {
        var file = new FileDescription
        {
            Name = "a & <b>.txt",
            Size = 6144,
            MediaType = "text/plain",
            Date = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Description = "notes\u0301",
            Range = new FileRange(5, 7),
            Hashes = [FileHash.Of(HashFunction.Sha256, new byte[32])],
            HashesToCome = ["sha-512"],
            Thumbnails = [new FileThumbnail("cid:sha1+x@bob.xmpp.org", "image/png", 64, 32)],
        };
        var read = Read(TestXml.OverTheWire(file.ToElement()).ToString());
        (read.Name, read.Size, read.MediaType, read.Date, read.Description, read.Range).ShouldBe((file.Name, file.Size, file.MediaType, file.Date, file.Description, file.Range));
        read.Hashes.ShouldBe(file.Hashes);
        read.HashesToCome.ShouldBe(["sha-512"]);
        read.Thumbnails.ShouldBe(file.Thumbnails);
    }

    [Fact]
    public void Conversations_writes_mediaType_and_no_hash()
    {
        var file = Read($"<description {Ns}><file><size>5</size><name>a.jpg</name><mediaType>image/jpeg</mediaType></file></description>");
        (file.MediaType, file.Hashes.Length, file.HashesToCome.Length, file.Range).ShouldBe(("image/jpeg", 0, 0, null));
    }

    [Fact]
    public void Gajim_writes_an_offset_and_Z_and_an_empty_description()
    {
        var file = Read($"<description {Ns}><file><name>r20k.bin</name><date>2026-11-21T03:13:23.524125+00:00Z</date><size>20000</size>"
            + "<hash xmlns='urn:xmpp:hashes:2' algo='blake2b-512'>m9Eb055WEtXYaPwp9IB1PK/EZM/YYb6J5NTWH4Cxi+a0Mnp8Fl5VK92MwRoVa8AwGbjVqb5CIM+NL5W1uJ4a6g==</hash><desc/></file></description>");
        file.Date.ShouldBe(new DateTimeOffset(2026, 11, 21, 3, 13, 23, TimeSpan.Zero).AddTicks(5241250));
        (file.Description, file.Hashes.Length, file.Hashes[0].Function).ShouldBe((null, 1, null));
    }

    [Fact]
    public void Libervia_announces_a_hash_and_serves_parts()
    {
        var file = Read($"<description {Ns}><file><name>r</name><size>2</size><desc/><range/><hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/></file></description>");
        file.Range.ShouldBe(new FileRange());
        file.HashesToCome.ShouldBe(["sha-256"]);
    }

    [Fact]
    public void A_hash_without_a_value_announces_one() =>
        Read($"<description {Ns}><file><name>r</name><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'/></file></description>").HashesToCome.ShouldBe(["sha-1"]);

    [Fact]
    public void A_request_may_have_a_hash_only()
    {
        var file = Read($"<description {Ns}><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt/l5QyPa+YoU=</hash></file></description>");
        (file.Name, file.Size, file.Hashes.Length).ShouldBe((null, null, 1));
    }

    [Theory]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:4'><file/></description>")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:3'><offer><file/></offer></description>")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/>")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><size>-1</size></file></description>")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><size>1e3</size></file></description>")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><range offset='-1'/></file></description>")]
    public void What_is_no_file_of_this_version(string xml)
    {
        FileDescription.TryParse(TestXml.Parse(xml), out _, out var problem).ShouldBeFalse();
        problem.ShouldNotBeEmpty();
    }

    [Fact]
    public void Endless_lists_are_looked_at_in_part()
    {
        var hashes = string.Concat(Enumerable.Range(0, 40).Select(i => $"<hash xmlns='urn:xmpp:hashes:2' algo='f{i}'>AAAA</hash><thumbnail xmlns='urn:xmpp:thumbs:1' uri='u{i}'/>"));
        var file = Read($"<description {Ns}><file>{hashes}</file></description>");
        (file.Hashes.Length, file.Thumbnails.Length).ShouldBe((FileDescription.MostHashes, FileDescription.MostThumbnails));
    }

    [Theory]
    [InlineData(0, null, 0L, true)]
    [InlineData(0, null, null, true)]
    [InlineData(5, null, 10L, true)]
    [InlineData(9, 1L, 10L, true)]
    [InlineData(9, 2L, 10L, false)]
    [InlineData(10, null, 10L, false)]
    [InlineData(5, null, null, true)]
    public void Ranges_that_a_file_has(long offset, long? length, long? size, bool fits) => new FileRange(offset, length).FitsIn(size).ShouldBe(fits);

    [Theory]
    [InlineData("<checksum {0} creator='initiator' name='c'><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>2jmj7l5rSw0yVb/vlWAYkK/YBwk=</hash></file></checksum>", true, true)]
    [InlineData("<checksum {0} name='c'><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>2jmj7l5rSw0yVb/vlWAYkK/YBwk=</hash></file></checksum>", true, true)] // Conversations
    [InlineData("<checksum {0}><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>2jmj7l5rSw0yVb/vlWAYkK/YBwk=</hash></file></checksum>", true, null)] // Gajim
    [InlineData("<checksum {0} creator='responder' name='c'><file/></checksum>", true, false)]
    [InlineData("<received {0} name='c'/>", false, true)]
    public void Notices_name_their_content_more_or_less(string xml, bool checksum, bool? fits)
    {
        FileNotice.TryParse(TestXml.Parse(string.Format(xml, Ns)), out var notice).ShouldBeTrue();
        (notice is FileNotice.Checksum).ShouldBe(checksum);
        (notice.Content?.Fits(new ContentKey(JingleRole.Initiator, "c"))).ShouldBe(fits);
        FileNotice.TryParse(TestXml.OverTheWire(notice.ToElement()), out var again).ShouldBeTrue();
        again.Content.ShouldBe(notice.Content);
    }

    [Fact]
    public void A_checksum_is_written_as_digits_for_who_reads_it_so()
    {
        var checksum = new FileNotice.Checksum(null, [FileHash.Sha256(new string('a', 64))]) { AsDigits = true };
        var written = TestXml.OverTheWire(checksum.ToElement());
        written.FirstChild!.FirstChild!.Text.ShouldBe(Convert.ToBase64String(Enumerable.Repeat((byte)'a', 64).ToArray()));
        FileNotice.TryParse(written, out var again).ShouldBeTrue();
        again.ShouldBeOfType<FileNotice.Checksum>().Hashes.ShouldBe(checksum.Hashes);
    }

    [Fact]
    public void A_thumbnail_s_endless_words_are_not_kept()
    {
        var xml = $"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:x' media-type='{new string('t', 129)}' width='-1' height='64'/>";
        FileThumbnail.TryParse(TestXml.Parse(xml), out var thumbnail).ShouldBeTrue();
        thumbnail.ShouldBe(new FileThumbnail("cid:x", null, null, 64));
    }

    [Theory]
    [InlineData("<received xmlns='urn:other'/>")]
    [InlineData("<what xmlns='urn:xmpp:jingle:apps:file-transfer:5'/>")]
    [InlineData("<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5'/>")]
    [InlineData("<received xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='x' name='c'/>")]
    public void What_is_no_notice(string xml) => FileNotice.TryParse(TestXml.Parse(xml), out _).ShouldBeFalse();

    [Theory]
    [InlineData("xmpp:romeo@montague.lit/orchard?jingle-ft", "romeo@montague.lit/orchard")]
    [InlineData("XMPP:romeo@montague.lit/a%20b?jingle-ft;x=y", "romeo@montague.lit/a b")]
    [InlineData("xmpp:romeo@montague.lit?jingle-ft", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard?join", null)]
    [InlineData("http://romeo@montague.lit/orchard?jingle-ft", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard", null)]
    [InlineData("xmpp:Romeo@montague.lit/a%2Fb%3Fc?jingle-ft#there", "romeo@montague.lit/a/b?c")]
    [InlineData("xmpp:montague.lit/orchard?jingle-ft", "montague.lit/orchard")]
    [InlineData("xmpp:romeo%40montague.lit%2Forchard?jingle-ft", null)] // what is hidden in an escape is no separator
    [InlineData("xmpp:evil.example%2Fromeo@montague.lit/orchard?jingle-ft", null)]
    [InlineData("xmpp://montague.lit/romeo@montague.lit/orchard?jingle-ft", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard?message;jingle-ft", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard?jingle-ftx", null)]
    [InlineData("xmpp:romeo@montague.lit/%00?jingle-ft", null)]
    [InlineData("xmpp:@/?jingle-ft", null)]
    [InlineData("xmpp:?jingle-ft", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard?jingle-ft;sha-256=", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard?jingle-ft;sha-256=zz", null)]
    [InlineData("xmpp:romeo@montague.lit/orchard?jingle-ft;md5=d41d8cd98f00b204e9800998ecf8427e", "romeo@montague.lit/orchard")] // no proof, so no hash
    public void Links_of_Psi(string text, string? peer)
    {
        FileSessionLink.TryParse(text, out var link).ShouldBe(peer is not null);
        link?.Peer.ToString().ShouldBe(peer);
        if (link is not null) FileSessionLink.TryParse(link.ToString(), out var again).ShouldBe(again == link);
    }

    [Fact]
    public void Links_with_a_hash_say_which_file()
    {
        var (sha256, sha1) = (new string('a', 64), new string('B', 40));
        FileSessionLink.TryParse($"xmpp:romeo@montague.lit/orchard?jingle-ft;sha-1={sha1};x;sha-256={sha256}", out var link, out _).ShouldBeTrue();
        link.Hash.ShouldBe(FileHash.Sha256(sha256));
        link.ToString().ShouldBe($"xmpp:romeo@montague.lit/orchard?jingle-ft;sha-256={sha256}");
        FileSessionLink.TryParse($"xmpp:romeo@montague.lit/orchard?jingle-ft;sha-1={sha1}", out link, out _).ShouldBeTrue();
        link.Hash.ShouldBe(new FileHash("sha-1", sha1.ToLowerInvariant()));
    }

    [Theory]
    [InlineData("xmpp:romeo@montague.lit?jingle-ft", "names an account, not one of its programs")]
    [InlineData("xmpp:romeo@montague.lit/orchard?join", "is no link to a file")]
    [InlineData("xmpp:a b@c/d?jingle-ft", "has no XMPP address in it")]
    [InlineData("xmpp:romeo@montague.lit/orchard?jingle-ft;sha-256=aa", "has a hash in it that is none")]
    [InlineData("romeo@montague.lit/orchard", "is no xmpp: link")]
    public void Links_that_are_none_say_why(string text, string problem)
    {
        FileSessionLink.TryParse(text, out _, out var said).ShouldBeFalse();
        said.ShouldNotBeNull().ShouldStartWith(problem);
    }

    [Fact]
    public void Links_without_end_are_not_read()
    {
        FileSessionLink.TryParse("xmpp:romeo@montague.lit/orchard?jingle-ft;x=" + new string('y', FileSessionLink.MostCharacters), out _, out var problem).ShouldBeFalse();
        problem.ShouldBe("is too long for a link");
    }

    [Theory]
    [InlineData(JingleReasonCondition.Success, true, null)]
    [InlineData(JingleReasonCondition.Success, false, FailureReason.Protocol)]
    [InlineData(JingleReasonCondition.Decline, false, FailureReason.Refused)]
    [InlineData(JingleReasonCondition.Cancel, false, FailureReason.Refused)] // Gajim
    [InlineData(JingleReasonCondition.Cancel, true, FailureReason.CancelledByPeer)]
    [InlineData(JingleReasonCondition.MediaError, true, FailureReason.Mismatch)]
    [InlineData(JingleReasonCondition.UnsupportedApplications, false, FailureReason.NotSupported)]
    [InlineData(JingleReasonCondition.UnsupportedTransports, false, FailureReason.NotSupported)]
    [InlineData(JingleReasonCondition.ConnectivityError, true, FailureReason.NoMethod)]
    [InlineData(JingleReasonCondition.Timeout, false, FailureReason.Timeout)]
    [InlineData(JingleReasonCondition.Gone, true, FailureReason.Absent)]
    public void Endings_of_others(JingleReasonCondition condition, bool accepted, FailureReason? meaning) =>
        FileReasons.Meaning(new JingleReason(condition), accepted).ShouldBe(meaning);

    [Fact]
    public void Endings_of_ours_are_understood_by_another_Ferry()
    {
        foreach (var reason in new[] { FailureReason.Mismatch, FailureReason.TooLarge, FailureReason.Timeout, FailureReason.NoMethod })
        {
            FileReasons.Meaning(FileReasons.Of(reason), accepted: true).ShouldBe(reason);
        }

        FileReasons.Meaning(FileReasons.NotAvailable, accepted: false).ShouldBe(FailureReason.Refused);
        FileReasons.Meaning(FileReasons.Of(FailureReason.Refused), accepted: false).ShouldBe(FailureReason.Refused);
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var element = new RandomElements(seed).Next(
            [Namespaces.JingleFile, Namespaces.Hashes, Namespaces.Thumbnails],
            ["description", "file", "name", "size", "range", "hash", "hash-used", "thumbnail", "date", "checksum", "received"],
            ["offset", "length", "algo", "uri", "creator", "name"]);
        if (FileDescription.TryParse(element, out var file, out var problem)) file.ToElement();
        else problem.ShouldNotBeNull();
        if (FileNotice.TryParse(element, out var notice)) notice.ToElement();
        (FileHash.TryParse(element, out var hash) == (hash is not null)).ShouldBeTrue();
    }).QuickCheckThrowOnFailure();

    private static FileDescription Read(string xml)
    {
        FileDescription.TryParse(TestXml.Parse(xml, ""), out var file, out var problem).ShouldBeTrue(problem);
        return file;
    }
}
