using Ferry.Protocol.StreamInitiation;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.StreamInitiation;

public sealed class SiPayloadTests
{
    private const string S5b = Namespaces.Bytestreams;
    private const string Ibb = Namespaces.InBandBytestreams;

    private const string Form =
        "<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'>" +
        "<option><value>http://jabber.org/protocol/bytestreams</value></option><option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature>";

    private static Element Si(string inner, string attributes = "id='i' profile='http://jabber.org/protocol/si/profile/file-transfer'") =>
        TestXml.Parse($"<si xmlns='http://jabber.org/protocol/si' {attributes}>{inner}</si>");

    private static string File(string attributes, string inner = "") =>
        $"<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' {attributes}>{inner}</file>";

    private static string Submit(string fields) =>
        $"<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>{fields}</x></feature>";

    private static SiOffer Offer(Element si)
    {
        SiOffer.TryParse(si, out var offer, out var error).ShouldBeTrue(error?.ToString());
        return offer;
    }

    private static StanzaError OfferError(Element si)
    {
        SiOffer.TryParse(si, out _, out var error).ShouldBeFalse();
        return error;
    }

    [Fact]
    public void Libpurples_offer() =>
        Offer(Si(File("size='300000' name='t300000.bin'") + Form)).ShouldSatisfyAllConditions(
            offer => offer.Id.ShouldBe("i"),
            offer => offer.File.ShouldBe(new SiFile("t300000.bin", 300000)),
            offer => offer.Methods.ShouldBe([S5b, Ibb]),
            offer => offer.MimeType.ShouldBeNull());

    [Fact]
    public void Slixmpps_offer_with_range_and_description() =>
        Offer(Si(File("hash='5B22905d0ab60d1b2199896f3e04da81' size='9000' date='2026-11-21T02:41:12Z' name='t9000.bin'", "<desc>words</desc><range />") + Form)).File
            .ShouldBe(new SiFile(
                "t9000.bin", 9000, "5b22905d0ab60d1b2199896f3e04da81", new DateTimeOffset(2026, 11, 21, 2, 41, 12, TimeSpan.Zero), "words", RangeOffered: true));

    [Fact]
    public void Libervias_offer_has_its_range_beside_the_file() =>
        Offer(Si(File("name='r20k.bin' size='20000'") + "<range/>" + Form)).File.RangeOffered.ShouldBeTrue();

    [Theory]
    [InlineData("<field var='stream-method' type='list-multi'><option><value>a</value></option><option><value>b</value></option></field>")]
    [InlineData("<field var='stream-method'><option><value>a</value></option><option><value> b </value></option></field>")]
    [InlineData("<field var='stream-method'><option><value>a</value></option></field><field var='stream-method'><option><value>b</value></option></field>")]
    [InlineData("<field var='other'><option><value>c</value></option></field><field var='stream-method'><option><value>a</value><value>b</value></option><option><value>a</value></option></field>")]
    public void Methods_are_read_from_every_kind_of_field(string fields) =>
        Offer(Si(File("name='n' size='1'") + Submit(fields))).Methods.ShouldBe(["a", "b"]);

    [Fact]
    public void Sixteen_methods_are_read()
    {
        var options = string.Concat(Enumerable.Range(0, 20).Select(i => $"<option><value>m{i}</value></option>"));

        Offer(Si(File("name='n' size='1'") + Submit($"<field var='stream-method'>{options}</field>"))).Methods.Count.ShouldBe(16);
    }

    [Theory]
    [InlineData("size='0'", 0L)]
    [InlineData("size='9223372036854775807'", 9223372036854775807L)]
    [InlineData("", null)] // QXmpp, 0 bytes
    public void Sizes(string attribute, long? expected) => Offer(Si(File("name='n' " + attribute) + Form)).File.Size.ShouldBe(expected);

    [Theory]
    [InlineData("size='-1'")]
    [InlineData("size=''")]
    [InlineData("size='1e3'")]
    [InlineData("size='9223372036854775808'")]
    public void A_malformed_size_is_a_bad_request(string attribute)
    {
        var error = OfferError(Si(File("name='n' " + attribute) + Form));

        error.ShouldBe(SiErrors.BadRequest("size is not a number of bytes"));
    }

    [Fact]
    public void Each_defect_has_its_answer()
    {
        var file = File("name='n' size='1'");
        OfferError(Si(file + Form, "profile='http://jabber.org/protocol/si/profile/file-transfer'")).ShouldBe(SiErrors.BadRequest("no id"));
        OfferError(Si(file + Form, $"id='{new string('x', 1025)}' profile='{Namespaces.FileTransferProfile}'")).ShouldBe(SiErrors.BadRequest("no id"));
        OfferError(Si(file + Form, "id='i'")).ShouldBe(SiErrors.BadProfile);
        OfferError(Si(file + Form, "id='i' profile='x'")).ShouldBe(SiErrors.BadProfile);
        OfferError(Si(Form)).ShouldBe(SiErrors.BadRequest("no file"));
        OfferError(Si(File("size='1'") + Form)).ShouldBe(SiErrors.BadRequest("the file has no name"));
        OfferError(Si(File("name='' size='1'") + Form)).ShouldBe(SiErrors.BadRequest("the file has no name"));
        OfferError(Si(file)).ShouldBe(SiErrors.NoForm);
        OfferError(Si(file + Submit(""))).ShouldBe(SiErrors.NoValidStreams);
        OfferError(new Element("x", "si")).ShouldBe(SiErrors.BadRequest("not a stream initiation"));
    }

    [Fact]
    public void An_unreadable_hash_or_date_is_left_out() =>
        Offer(Si(File("name='n' size='1' hash='xyz' date='yesterday'") + Form)).File.ShouldBe(new SiFile("n", 1));

    [Fact]
    public void Answers_of_living_clients()
    {
        var ibb = Submit("<field var='stream-method'><value>http://jabber.org/protocol/ibb</value></field>");
        ShouldAnswer(Si(ibb, ""), null, Ibb); // libpurple, slixmpp
        ShouldAnswer(Si(ibb + File(""), ""), null, Ibb); // Libervia
        ShouldAnswer(Si(File("", "<range offset=\"1000\" length=\"5000\" />") + ibb, ""), new SiRange(1000, 5000), Ibb); // slixmpp
        ShouldAnswer(Si(File("", "<range/>") + ibb, "id='other' profile='x'"), null, Ibb); // Exodus echoes the id
        ShouldAnswer(Si(ibb.Replace("var=", "type='list-single' var="), "profile='http://jabber.org/protocol/si/profile/file-transfer'"), null, Ibb); // QXmpp
        ShouldAnswer(Si(Submit("<field var='stream-method'><value>a</value><value>b</value></field>"), ""), null, "a", "b"); // Spark
        ShouldAnswer(Si(Submit("<field var='stream-method'><value>a</value></field><field var='stream-method'><value>b</value></field>"), ""), null, "a", "b");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<feature xmlns='http://jabber.org/protocol/feature-neg'/>")]
    [InlineData("<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data'><field var='stream-method'><value/></field></x></feature>")]
    [InlineData("<file xmlns='http://jabber.org/protocol/si/profile/file-transfer'><range offset='-1'/></file><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data'><field var='stream-method'><value>a</value></field></x></feature>")]
    [InlineData("<file xmlns='http://jabber.org/protocol/si/profile/file-transfer'><range length='x'/></file><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data'><field var='stream-method'><value>a</value></field></x></feature>")]
    public void An_answer_that_cannot_be_followed_says_why(string inner)
    {
        SiAnswer.TryParse(Si(inner, ""), out _, out var problem).ShouldBeFalse();

        problem.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void An_empty_result_is_no_answer() => SiAnswer.TryParse(null, out _, out _).ShouldBeFalse();

    [Fact]
    public void Payloads_survive_the_wire()
    {
        var offer = new SiOffer("id", new SiFile("a<b>&'\".txt", 5, new string('a', 32), new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero), "x\ny", true), [S5b, Ibb], "text/plain");
        var answer = new SiAnswer([Ibb], new SiRange(7, 8));

        Offer(TestXml.OverTheWire(offer.ToElement())).ToElement().ToString().ShouldBe(offer.ToElement().ToString());
        Offer(TestXml.OverTheWire(offer.ToElement())).File.ShouldBe(offer.File);
        ShouldAnswer(TestXml.OverTheWire(answer.ToElement()), new SiRange(7, 8), Ibb);
    }

    [Fact]
    public void An_offer_is_written_as_the_specification_prints_it() =>
        new SiOffer("SID", new SiFile("a.txt", 1022), [S5b, Ibb]).ToElement().ToString().ShouldBe(
            "<si xmlns='http://jabber.org/protocol/si' id='SID' profile='http://jabber.org/protocol/si/profile/file-transfer'>" +
            "<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.txt' size='1022'/>" +
            Form + "</si>");

    [Theory]
    [InlineData(0, null, 0L, true)]
    [InlineData(0, 0L, 0L, true)]
    [InlineData(1, null, 0L, false)]
    [InlineData(9, null, 10L, true)]
    [InlineData(10, null, 10L, false)]
    [InlineData(0, 10L, 10L, true)]
    [InlineData(1, 10L, 10L, false)]
    [InlineData(5, 9223372036854775807L, 10L, false)]
    [InlineData(5, 9223372036854775807L, null, true)]
    [InlineData(-1, null, 10L, false)]
    [InlineData(0, -1L, 10L, false)]
    public void Which_ranges_a_file_has(long offset, long? length, long? size, bool expected) => new SiRange(offset, length).FitsIn(size).ShouldBe(expected);

    [Theory]
    [InlineData(3, null, 10L, 7L)]
    [InlineData(3, 4L, 10L, 4L)]
    [InlineData(0, null, null, null)]
    public void How_many_bytes_come(long offset, long? length, long? size, long? expected) => new SiRange(offset, length).BytesOf(size).ShouldBe(expected);

    [Fact]
    public void Refusals_of_living_clients_and_what_they_mean()
    {
        const string Ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
        Reason($"<error type='cancel'><forbidden {Ns}/><text {Ns}>Offer Declined</text></error>").ShouldBe(FailureReason.Refused); // libpurple
        Reason($"<error code='403' type='cancel'><forbidden {Ns}/></error>").ShouldBe(FailureReason.Refused); // QXmpp
        Reason("<error code='403'>Offer Declined</error>").ShouldBe(FailureReason.Refused); // old Gajim
        Reason($"<error type='cancel'><not-acceptable {Ns}/></error>").ShouldBe(FailureReason.Refused);
        Reason("").ShouldBe(FailureReason.Refused);
        Reason($"<error type='cancel'><service-unavailable {Ns}/></error>").ShouldBe(FailureReason.NotSupported);
        Reason("<error code='501'/>").ShouldBe(FailureReason.NotSupported);
        Reason($"<error type='cancel'><bad-request {Ns}/><no-valid-streams xmlns='http://jabber.org/protocol/si'/></error>").ShouldBe(FailureReason.NoMethod);
        Reason($"<error type='cancel'><bad-request {Ns}/><bad-profile xmlns='http://jabber.org/protocol/si'/></error>").ShouldBe(FailureReason.NotSupported);
        Reason($"<error type='modify'><bad-request {Ns}/></error>").ShouldBe(FailureReason.Protocol);
        Reason($"<error type='wait'><recipient-unavailable {Ns}/></error>").ShouldBe(FailureReason.Absent);
        Reason("<error code='404'/>").ShouldBe(FailureReason.Absent);
        Reason($"<error type='wait'><remote-server-timeout {Ns}/></error>").ShouldBe(FailureReason.Timeout);

        static FailureReason Reason(string error) => SiErrors.ReasonOf(StanzaError.Parse(TestXml.Parse($"<iq type='error' id='1'>{error}</iq>")));
    }

    [Fact]
    public void Our_own_refusals_mean_what_they_say()
    {
        SiErrors.ReasonOf(SiErrors.Declined).ShouldBe(FailureReason.Refused);
        SiErrors.ReasonOf(SiErrors.NoValidStreams).ShouldBe(FailureReason.NoMethod);
        SiErrors.ReasonOf(SiErrors.BadProfile).ShouldBe(FailureReason.NotSupported);
        SiErrors.ReasonOf(SiErrors.Stranger).ShouldBe(FailureReason.NotSupported);
        SiErrors.ReasonOf(SiErrors.TooLarge).ShouldBe(FailureReason.Refused);
    }

    [Fact]
    public void Nothing_that_arrives_makes_a_reader_throw()
    {
        var random = new RandomElements(5);
        for (var i = 0; i < 5000; i++)
        {
            var element = random.Next(
                [Namespaces.StreamInitiation, Namespaces.FileTransferProfile, Namespaces.FeatureNegotiation, Namespaces.DataForms],
                ["si", "file", "range", "desc", "feature", "x", "field", "option", "value"],
                ["id", "profile", "mime-type", "name", "size", "hash", "date", "offset", "length", "var", "type"]);
            if (SiOffer.TryParse(element, out var offer, out var error)) offer.ToElement().ShouldNotBeNull();
            else error.ShouldNotBeNull();
            if (SiAnswer.TryParse(element, out var answer, out var problem)) answer.ToElement().ShouldNotBeNull();
            else problem.ShouldNotBeNull();
        }
    }

    private static void ShouldAnswer(Element si, SiRange? range, params string[] methods)
    {
        SiAnswer.TryParse(si, out var answer, out var problem).ShouldBeTrue(problem);
        answer.Methods.ShouldBe(methods);
        answer.Range.ShouldBe(range);
    }
}
