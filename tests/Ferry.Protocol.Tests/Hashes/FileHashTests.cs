using Ferry.Protocol.Hashes;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Hashes;

public sealed class FileHashTests
{
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void What_is_written_is_read_again()
    {
        var hash = FileHash.Sha256(Empty.ToUpperInvariant());
        hash.Hex.ShouldBe(Empty);
        FileHash.TryParse(TestXml.OverTheWire(hash.ToElement()), out var again).ShouldBeTrue();
        again.ShouldBe(hash);
    }

    [Fact]
    public void The_value_is_base64() =>
        TestXml.OverTheWire(FileHash.Sha256(Empty).ToElement()).Text.ShouldBe("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");

    [Theory]
    [InlineData("<hash xmlns='urn:xmpp:hashes:2'>AAAA</hash>")]
    [InlineData("<hash xmlns='urn:xmpp:hashes:2' algo=''>AAAA</hash>")]
    [InlineData("<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash>")]
    [InlineData("<hash xmlns='urn:xmpp:hashes:2' algo='x'>not base64</hash>")]
    [InlineData("<hash xmlns='urn:xmpp:hashes:2' algo='x'/>")]
    [InlineData("<hash xmlns='urn:xmpp:hashes:1' algo='x'>AAAA</hash>")]
    public void What_is_no_hash_is_none(string xml) => FileHash.TryParse(TestXml.Parse(xml), out _).ShouldBeFalse();

    [Fact]
    public void A_value_has_its_limit()
    {
        FileHash.TryParse(Hash("x", new byte[64]), out _).ShouldBeTrue();
        FileHash.TryParse(Hash("x", new byte[65]), out _).ShouldBeFalse();
        FileHash.TryParse(Hash("x", new byte[10_000]), out _).ShouldBeFalse();
    }

    [Fact]
    public void Of_many_hashes_eight_are_read_and_of_each_algorithm_one()
    {
        var parent = new Element("n", "file", Enumerable.Range(0, 20).Select(i => Hash($"x{i / 2}", [(byte)i])).ToArray());
        FileHash.ReadAll(parent).Select(hash => hash.Hex).ShouldBe(["00", "02", "04", "06", "08", "0a", "0c", "0e"]);
    }

    private static Element Hash(string algorithm, byte[] value) => new(Namespaces.Hashes, "hash", ("algo", algorithm), Convert.ToBase64String(value));

    [Fact]
    public void Libervias_base64_of_digits_is_read()
    {
        FileHash.TryParse(
            TestXml.Parse("<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>ZDU0Y2ExZmIwM2I0ODI2MGY3NTJkNDEwMjVhMTQzYTU0OWU1MTcxNzY2ZGRmMWU3M2E0MjhiYTliMzMwZGIxZg==</hash>"), out var hash).ShouldBeTrue();
        hash.ToString().ShouldBe("sha-256 d54ca1fb03b48260f752d41025a143a549e5171766ddf1e73a428ba9b330db1f");
        hash.ToElementOfDigits().Text.ShouldBe("ZDU0Y2ExZmIwM2I0ODI2MGY3NTJkNDEwMjVhMTQzYTU0OWU1MTcxNzY2ZGRmMWU3M2E0MjhiYTliMzMwZGIxZg==");
    }
}
