using System.Net;
using Ferry.Protocol.Dns;
using Ferry.Testing.Dns;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Dns;

public sealed class DnsMessageCodecTests
{
    private const string Name = "_xmpp-client._tcp.example.org";

    [Fact]
    public void A_query_is_what_RFC_1035_draws()
    {
        DnsMessageCodec.TryWriteQuery(0xABCD, "A.bc.", DnsRecordType.Srv, out var query).ShouldBeTrue();
        Convert.ToHexString(query).ShouldBe("ABCD" + "0100" + "0001" + "0000" + "0000" + "0000" + "0141" + "026263" + "00" + "0021" + "0001");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("b\u00FCcher.example")]
    [InlineData("a b.example")]
    [InlineData("a\0b.example")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.example")]
    public void Names_that_DNS_cannot_carry_are_refused(string name) =>
        DnsMessageCodec.TryWriteQuery(1, name, DnsRecordType.A, out _).ShouldBeFalse();

    [Fact]
    public void Long_names_are_refused()
    {
        var label = new string('a', 49);
        DnsMessageCodec.TryWriteQuery(1, string.Join('.', Enumerable.Repeat(label, 5)), DnsRecordType.A, out _).ShouldBeTrue();
        DnsMessageCodec.TryWriteQuery(1, string.Join('.', Enumerable.Repeat(label, 5)) + ".abcd", DnsRecordType.A, out _).ShouldBeFalse();
    }

    [Fact]
    public void Records_of_every_kind_come_back()
    {
        var response = Read(new DnsAnswer().Srv(1, 2, 5222, "Xmpp.Example.org").Srv(0, 0, 0, "."));
        response.Id.ShouldBe(7);
        response.Code.ShouldBe(DnsResponse.NoError);
        response.Question.ShouldBe(Name);
        response.QuestionType.ShouldBe(DnsRecordType.Srv);
        response.Services.ShouldBe([new SrvRecord(1, 2, 5222, "xmpp.example.org"), new SrvRecord(0, 0, 0, ".")]);

        Read(new DnsAnswer().Address(IPAddress.Parse("192.0.2.1")).Address(IPAddress.Parse("2001:db8::1"))).Addresses
            .ShouldBe([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")]);
    }

    [Fact]
    public void Aliases_are_followed_and_a_circle_of_them_ends()
    {
        Read(new DnsAnswer().Alias("b.example").Alias("c.example", "b.example").Srv(0, 0, 1, "host", "c.example")).Services.Single().Target
            .ShouldBe("host");
        Read(new DnsAnswer().Alias("b.example").Alias(Name, "b.example").Srv(0, 0, 1, "host", "c.example")).Services.ShouldBeEmpty();
    }

    [Fact]
    public void Records_of_other_names_types_and_classes_are_left_aside() =>
        Read(new DnsAnswer().Srv(0, 0, 1, "evil", "other.example").Record(null, 16, [1, 2, 3]).Record(null, 33, [1], @class: 3)).Services
            .ShouldBeEmpty();

    [Fact]
    public void Codes_and_truncation_are_told()
    {
        Read(new DnsAnswer { Code = 3 }).Code.ShouldBe(DnsResponse.NoSuchName);
        var truncated = Read(new DnsAnswer { Truncated = true }.Srv(0, 0, 1, "host"));
        truncated.Truncated.ShouldBeTrue();
        truncated.Answers.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, "010203")]
    [InlineData(1, "0102030405")]
    [InlineData(28, "01020304")]
    [InlineData(5, "0161")]
    [InlineData(5, "016100FF")]
    [InlineData(5, "40")]
    [InlineData(5, "80")]
    [InlineData(5, "C0")]
    [InlineData(5, "FFFF")]
    [InlineData(5, "C03B")] // where this name itself begins
    [InlineData(5, "C03C")]
    [InlineData(5, "022E6100")] // a dot inside a label
    [InlineData(33, "000000000000")]
    [InlineData(33, "0000000000000161")]
    public void Malformed_records_are_refused(int type, string data) =>
        DnsMessageCodec.TryReadResponse(new DnsAnswer().Record(null, type, Convert.FromHexString(data)).To(Query()), out _).ShouldBeFalse();

    [Fact]
    public void Pointers_that_chase_each_other_are_refused()
    {
        // The question's name is a pointer to itself.
        byte[] message = [0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 33, 0, 1];
        DnsMessageCodec.TryReadResponse(message, out _).ShouldBeFalse();
    }

    [Fact]
    public void Names_built_by_pointers_beyond_255_bytes_are_refused()
    {
        var label = new string('a', 63);
        byte[] tail = [.. DnsAnswer.Name($"{label}.{label}.{label}.x")];
        var answer = new DnsAnswer().Record(null, 16, tail);
        var at = 12 + DnsAnswer.Name(Name).Length + 4 + 12;
        answer.Record(null, 5, [.. DnsAnswer.Name(label)[..^1], (byte)(0xC0 | (at >> 8)), (byte)at]);
        DnsMessageCodec.TryReadResponse(answer.To(Query()), out _).ShouldBeFalse();
    }

    [Fact]
    public void Too_many_records_are_refused()
    {
        var answer = new DnsAnswer();
        for (var i = 0; i < DnsMessageCodec.MaxAnswers; i++)
            answer.Address(IPAddress.Loopback);
        DnsMessageCodec.TryReadResponse(answer.To(Query()), out _).ShouldBeTrue();
        DnsMessageCodec.TryReadResponse(answer.Address(IPAddress.Loopback).To(Query()), out _).ShouldBeFalse();
    }

    [Fact]
    public void Queries_are_no_answers() => DnsMessageCodec.TryReadResponse(Query(), out _).ShouldBeFalse();

    [Fact]
    public void Every_cut_is_refused()
    {
        var message = Sample();
        for (var i = 0; i < message.Length; i++)
            DnsMessageCodec.TryReadResponse(message.AsSpan(0, i), out _).ShouldBeFalse();
        DnsMessageCodec.TryReadResponse(message, out _).ShouldBeTrue();
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            _ = DnsMessageCodec.TryReadResponse(bytes, out _);
            // The same behind a header that promises much, so that the reader gets further.
            byte[] message = [0, 7, 0x81, 0x80, 0, 1, 0, 100, 0, 0, 0, 0, .. bytes];
            _ = DnsMessageCodec.TryReadResponse(message, out _);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mutations_never_throw_and_what_is_read_stays_within_the_limits()
    {
        var random = new Random(2782);
        var sample = Sample();
        for (var round = 0; round < 20_000; round++)
        {
            var message = (byte[])sample.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
                message[random.Next(message.Length)] = (byte)random.Next(256);
            if (!DnsMessageCodec.TryReadResponse(message, out var response))
                continue;
            response.Answers.Count.ShouldBeLessThanOrEqualTo(DnsMessageCodec.MaxAnswers);
            foreach (var service in response.Services)
                service.Target.Length.ShouldBeInRange(1, 253);
        }
    }

    [Fact]
    public void What_is_written_is_read() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Priority, ushort Weight, ushort Port, byte Host)[]>(), records =>
        {
            var answer = new DnsAnswer();
            var expected = records.Take(DnsMessageCodec.MaxAnswers)
                .Select(r => new SrvRecord(r.Priority, r.Weight, r.Port, $"h{r.Host}.example")).ToList();
            foreach (var record in expected)
                answer.Srv(record.Priority, record.Weight, record.Port, record.Target);
            Read(answer).Services.ShouldBe(expected);
        }).QuickCheckThrowOnFailure();

    private static byte[] Query()
    {
        DnsMessageCodec.TryWriteQuery(7, Name, DnsRecordType.Srv, out var query).ShouldBeTrue();
        return query!;
    }

    private static byte[] Sample() => new DnsAnswer()
        .Alias("b.example").Srv(1, 2, 5222, "c.example", "b.example").Address(IPAddress.Loopback).Address(IPAddress.IPv6Loopback).To(Query());

    private static DnsResponse Read(DnsAnswer answer)
    {
        DnsMessageCodec.TryReadResponse(answer.To(Query()), out var response).ShouldBeTrue();
        return response!;
    }
}
