using Ferry.Protocol.Socks5;

namespace Ferry.Protocol.Tests.Socks5;

public class DestinationAddressTests
{
    [Theory]
    [InlineData("vj3hs98y", "romeo@montague.lit/orchard", "juliet@capulet.lit/balcony", "972b7bf47291ca609517f67f86b5081086052dad")]
    [InlineData("vj3hs98y", "juliet@capulet.lit/balcony", "romeo@montague.lit/orchard", "1a12fb7bc625e55f3ed5b29a53dbe0e4aa7d80ba")]
    [InlineData("vxf9n471bn46", "requester@example.com/foo", "target@example.org/bar", "98b8d688d0f5d895fd41c5e7309a2e9e33ba32ff")]
    [InlineData("yia72g3v49j7", "requester@example.com/foo", "room@conference.example.net/Tget", "416781edf1ae50bad01cb8509ba35b43952bc345")]
    [InlineData("SID", "jerome@localhost/Gajim", "jerome2@localhost/Gajim", "aebf79a080576ab4687837ecf98c0aaf939a6e4a")]
    public void Is_the_hash_of_sid_requester_and_target(string sid, string requester, string target, string expected) =>
        DestinationAddress.Compute(sid, requester, target).Value.ShouldBe(expected);

    [Fact]
    public void Hashes_utf8() =>
        DestinationAddress.Compute("s", "ä@example.org/ö", "b@example.org").ShouldNotBe(DestinationAddress.Compute("s", "a@example.org/o", "b@example.org"));

    [Fact]
    public void Hashes_latin1_for_those_who_do_with_question_marks_beyond_it()
    {
        DestinationAddress.ComputeLatin1("s", "ä@x.org/öĀ😀", "b").Value.ShouldBe("3619dcfef81930dfe21a6a6708967b72bc56e7af"); // Python: one ? for each UTF-16 unit, as Qt does
        DestinationAddress.ComputeLatin1("s", "a@x.org/r", "b").ShouldBe(DestinationAddress.Compute("s", "a@x.org/r", "b"));
    }

    [Fact]
    public void Is_read_in_either_case()
    {
        DestinationAddress.TryParse("972B7BF47291CA609517F67F86B5081086052DAD", out DestinationAddress? upper).ShouldBeTrue();
        DestinationAddress.TryParse("972b7bf47291ca609517f67f86b5081086052dad"u8, out DestinationAddress? lower).ShouldBeTrue();
        upper.ShouldBe(lower);
        upper.Value.ShouldBe("972b7bf47291ca609517f67f86b5081086052dad");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("972b7bf47291ca609517f67f86b5081086052da")]
    [InlineData("972b7bf47291ca609517f67f86b5081086052dad0")]
    [InlineData("972b7bf47291ca609517f67f86b5081086052dag")]
    [InlineData("９72b7bf47291ca609517f67f86b5081086052dad")]
    public void Anything_but_forty_digits_is_refused(string? text) =>
        DestinationAddress.TryParse(text, out _).ShouldBeFalse();
}
