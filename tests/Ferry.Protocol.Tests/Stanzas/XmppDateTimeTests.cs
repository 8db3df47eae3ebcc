using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.Tests.Stanzas;

public sealed class XmppDateTimeTests
{
    [Theory]
    [InlineData("2026-01-05T10:00:00Z", "2026-01-05T10:00:00.0000000")]
    [InlineData("2026-01-05T10:00:00.123Z", "2026-01-05T10:00:00.1230000")] // QXmpp
    [InlineData("2026-01-05T10:00:00.12345678901Z", "2026-01-05T10:00:00.1234567")]
    [InlineData("2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00.0000000")]
    [InlineData("2026-01-05T10:00:00-05:30", "2026-01-05T15:30:00.0000000")]
    [InlineData("2026-01-05T10:00:00.5+01:00Z", "2026-01-05T09:00:00.5000000")] // Gajim
    [InlineData("2026-01-05T10:00:00", "2026-01-05T10:00:00.0000000")]
    [InlineData("20260105T10:00:00", "2026-01-05T10:00:00.0000000")] // XEP-0091
    public void Readable(string text, string expected) =>
        XmppDateTime.Parse(text).ShouldNotBeNull().ToString("yyyy-MM-ddTHH:mm:ss.fffffff").ShouldBe(expected);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Z")]
    [InlineData("yesterday")]
    [InlineData("2026-01-05")]
    [InlineData("2026-13-05T10:00:00Z")]
    [InlineData("2026-01-05T10:00:00.Z")]
    [InlineData("2026-01-05T10:00:00.xZ")]
    [InlineData("2026-01-05T10:00:00+99:00")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    public void Unreadable(string? text) => XmppDateTime.Parse(text).ShouldBeNull();

    [Theory]
    [InlineData(0, "2026-01-05T10:00:00Z")]
    [InlineData(7, "2026-01-05T10:00:00.007Z")]
    public void Written_in_UTC_with_milliseconds_where_there_are_any(int milliseconds, string expected) =>
        XmppDateTime.Format(new DateTimeOffset(2026, 1, 5, 11, 0, 0, milliseconds, TimeSpan.FromHours(1))).ShouldBe(expected);
}
