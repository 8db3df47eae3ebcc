using System.Globalization;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;

namespace Ferry.Tests.Peers;

public sealed class PresenceBookTests
{
    private static readonly Jid Alice = Jid.Parse("alice@example.org");

    [Fact]
    public void Resources_come_and_go()
    {
        var book = new PresenceBook();
        book.Hear(Of("alice@example.org/a"));
        book.Hear(Of("alice@example.org/b"));
        book.Hear(Of("alice@example.org/a", "unavailable"));

        book.ResourcesOf(Alice).ShouldBe([Jid.Parse("alice@example.org/b")]);
    }

    [Fact]
    public void A_flood_forgets_the_oldest()
    {
        var book = new PresenceBook();
        for (var i = 0; i <= PresenceBook.Capacity; i++) book.Hear(Of(string.Create(CultureInfo.InvariantCulture, $"u{i}@example.org/r")));

        book.ResourcesOf(Jid.Parse("u0@example.org")).ShouldBeEmpty();
        book.ResourcesOf(Jid.Parse("u1@example.org")).Count.ShouldBe(1);
        book.ResourcesOf(Jid.Parse(string.Create(CultureInfo.InvariantCulture, $"u{PresenceBook.Capacity}@example.org"))).Count.ShouldBe(1);
    }

    [Fact]
    public void An_error_from_a_bare_address_reaches_who_watches_it()
    {
        var book = new PresenceBook();
        var heard = new List<string?>();
        using (book.Watch(Alice, presence => heard.Add(presence.Type)))
        {
            book.Hear(Of("alice@example.org", "error"));
            book.Hear(Of("bob@example.org/r"));
        }

        book.Hear(Of("alice@example.org", "error"));
        heard.ShouldBe(["error"]);
    }

    private static Presence Of(string from, string? type = null) => new(null, type, Jid.Parse(from), null, []);
}
