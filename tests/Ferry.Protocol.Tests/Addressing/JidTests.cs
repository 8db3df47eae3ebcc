using Ferry.Protocol.Addressing;

namespace Ferry.Protocol.Tests.Addressing;

public sealed class JidTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("a@b", "a@b")]
    [InlineData("A.B@EXAMPLE.org/Res", "a.b@example.org/Res")]
    [InlineData("a@b.", "a@b")]
    [InlineData("a@b\u3002", "a@b")] // the ideographic full stop separates labels too
    [InlineData("a@b/c@d/e", "a@b/c@d/e")]
    [InlineData("b/c@d", "b/c@d")]
    [InlineData("a@192.0.2.1/x", "a@192.0.2.1/x")]
    [InlineData("a@[::1]/x", "a@[::1]/x")]
    [InlineData("a@[0:0::1]", "a@[::1]")]
    [InlineData("e\u0301@b/e\u0301", "\u00e9@b/\u00e9")]
    [InlineData("a@B\u00DCcher.example", "a@b\u00fccher.example")]
    [InlineData("a@xn--bcher-kva.example", "a@b\u00fccher.example")]
    [InlineData("a@b/ x ", "a@b/ x ")]
    [InlineData("conference_x@b", "conference_x@b")]
    public void Prepared(string text, string expected) => Jid.Parse(text).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("@b")]
    [InlineData("a@")]
    [InlineData("a@/x")]
    [InlineData("/x")]
    [InlineData("a@b/")]
    [InlineData("a b@c")]
    [InlineData("a@b c")]
    [InlineData("a&b@c")]
    [InlineData("a'b@c")]
    [InlineData("a<b@c")]
    [InlineData("a@b@c")]
    [InlineData("a:b@c")]
    [InlineData("a@b:5222")]
    [InlineData("a@..")]
    [InlineData("a@b..")]
    [InlineData("a@b.\u3002")]
    [InlineData("a@b..c")]
    [InlineData("a@.b")]
    [InlineData("a@[::1")]
    [InlineData("a@[x]")]
    [InlineData("a@xn--[cher-kva.example")] // found by fuzzing: a broken A-label that maps to something else each time
    [InlineData("a@b[c]")]
    [InlineData("a@b/\u0000")]
    [InlineData("a\u202E@b")]
    [InlineData("a@b\uFF0Fc")] // full-width solidus: becomes a solidus in preparation
    [InlineData("a@b\uFF20c")] // full-width at
    public void Impossible(string text)
    {
        Jid.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => Jid.Parse(text));
    }

    // Not as attribute values: those are kept in UTF-8, which has no lone surrogates.
    [Fact]
    public void Lone_surrogates_are_in_no_address()
    {
        foreach (var text in (string[])["a@b/\uD800", "\uDC00@b", "a@b\uD800"]) Jid.TryParse(text, out _).ShouldBeFalse();
    }

    [Fact]
    public void Each_part_holds_1023_bytes()
    {
        Jid.TryParse(new string('a', 1023) + "@b/" + new string('c', 1023), out _).ShouldBeTrue();
        Jid.TryParse(new string('a', 1024) + "@b", out _).ShouldBeFalse();
        Jid.TryParse("b/" + new string('c', 1024), out _).ShouldBeFalse();
        Jid.TryParse("b/" + new string('\u00e9', 512), out _).ShouldBeFalse();
        Jid.TryParse(new string('b', 1024), out _).ShouldBeFalse();
    }

    [Fact]
    public void Parts_and_equality()
    {
        var jid = Jid.Parse("A@b/C");

        jid.ShouldSatisfyAllConditions(
            j => j.Local.ShouldBe("a"),
            j => j.Domain.ShouldBe("b"),
            j => j.Resource.ShouldBe("C"),
            j => j.IsFull.ShouldBeTrue(),
            j => j.Bare.ShouldBe(Jid.Parse("a@b")),
            j => j.ShouldNotBe(Jid.Parse("a@b/c")),
            j => j.Bare.WithResource("C").ShouldBe(j),
            j => j.GetHashCode().ShouldBe(Jid.Parse("a@B/C").GetHashCode()));
    }

    [Fact]
    public void A_prepared_address_stays_as_it_is()
    {
        const string Alphabet = "aA1.-@/_ \u00e9\u0301\u0130\u212A\u00DF\uFF0F\uFF0E\uFF20\u3002\u2100xn-\u0345\U0001F600\u200D[]:";
        var random = new Random(17);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Alphabet[random.Next(Alphabet.Length)]).ToArray());
            if (!Jid.TryParse(text, out var jid)) continue;
            read++;
            Jid.TryParse(jid.ToString(), out var again).ShouldBeTrue($"{Escape(text)} gave {Escape(jid.ToString())}");
            again.ShouldBe(jid, Escape(text));
            again!.Resource.ShouldBe(jid.Resource, Escape(text));
        }

        read.ShouldBeGreaterThan(1000);

        static string Escape(string text) => string.Concat(text.Select(c => c < 128 ? c.ToString() : $"\\u{(int)c:X4}"));
    }
}
