using Ferry.Protocol.Sasl;

namespace Ferry.Protocol.Tests.Sasl;

public sealed class SaslMechanismChoiceTests
{
    private const string All = "SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS PLAIN";

    /// <summary>mechanisms | listed types (- = no list) | TLS version | types that we have → mechanism and header, or the reason of a refusal.</summary>
    [Theory]
    // Without TLS there is nothing to bind to.
    [InlineData(All, "-", 0, "", "SCRAM-SHA-256 n")]
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-256", "-", 0, "", "SCRAM-SHA-256 n")]
    // A list of types, and one of ours in it.
    [InlineData(All, "tls-server-end-point", 13, "tls-server-end-point", "SCRAM-SHA-256-PLUS p=tls-server-end-point")]
    [InlineData(All, "tls-server-end-point tls-unique", 12, "tls-server-end-point tls-unique", "SCRAM-SHA-256-PLUS p=tls-server-end-point")]
    [InlineData(All, "tls-server-end-point tls-exporter", 13, "tls-server-end-point", "SCRAM-SHA-256-PLUS p=tls-server-end-point")]
    [InlineData(All, "tls-server-end-point tls-exporter", 13, "tls-server-end-point tls-exporter", "SCRAM-SHA-256-PLUS p=tls-exporter")]
    [InlineData(All, "tls-unique", 12, "tls-server-end-point tls-unique", "SCRAM-SHA-256-PLUS p=tls-unique")]
    [InlineData("SCRAM-SHA-512 SCRAM-SHA-512-PLUS SCRAM-SHA-1-PLUS", "tls-server-end-point", 13, "tls-server-end-point", "SCRAM-SHA-512-PLUS p=tls-server-end-point")]
    [InlineData("SCRAM-SHA-512 SCRAM-SHA-1-PLUS", "tls-server-end-point", 13, "tls-server-end-point", "SCRAM-SHA-1-PLUS p=tls-server-end-point")]
    // A list of types, none of them possible here.
    [InlineData(All, "tls-exporter", 13, "tls-server-end-point", "SCRAM-SHA-256 n prove")]
    [InlineData(All, "tls-unique", 13, "tls-server-end-point tls-unique", "SCRAM-SHA-256 n prove")]
    [InlineData(All, "tls-exporter tls-server-end-point", 12, "tls-unique", "SCRAM-SHA-256 n")]
    [InlineData("SCRAM-SHA-256-PLUS", "tls-exporter", 13, "tls-server-end-point", "ChannelBinding")]
    // A list, but -PLUS is gone.
    [InlineData("SCRAM-SHA-256 SCRAM-SHA-1", "tls-server-end-point", 13, "tls-server-end-point", "Downgrade")]
    [InlineData("PLAIN", "tls-server-end-point", 13, "tls-server-end-point", "Downgrade")]
    // -PLUS, but no list: Debian's Prosody and ejabberd.
    [InlineData(All, "-", 12, "tls-server-end-point tls-unique", "SCRAM-SHA-256-PLUS p=tls-unique")]
    [InlineData(All, "", 12, "tls-server-end-point tls-unique", "SCRAM-SHA-256-PLUS p=tls-unique")]
    [InlineData(All, "-", 12, "tls-server-end-point", "SCRAM-SHA-256 n")]
    [InlineData(All, "-", 13, "tls-server-end-point tls-unique", "SCRAM-SHA-256 n")]
    // Neither: say that we could.
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-256", "-", 13, "tls-server-end-point", "SCRAM-SHA-256 y")]
    [InlineData("SCRAM-SHA-1", "-", 13, "", "SCRAM-SHA-1 n")]
    [InlineData("PLAIN SCRAM-SHA-1", "-", 13, "tls-server-end-point", "SCRAM-SHA-1 y")]
    // Nothing for us.
    [InlineData("", "-", 13, "tls-server-end-point", "NoMechanism")]
    [InlineData("DIGEST-MD5 EXTERNAL ANONYMOUS scram-sha-1 SCRAM-SHA-3", "-", 13, "tls-server-end-point", "NoMechanism")]
    public void Chooses(string mechanisms, string types, int tls, string ours, string expected)
    {
        var offer = new SaslOffer(Words(mechanisms), types == "-" ? null : Words(types));
        var channel = new SaslChannel
        {
            TlsVerified = tls > 0,
            Tls13 = tls == 13,
            Bindings = Words(ours).ToDictionary(t => t, _ => new byte[] { 1 }, StringComparer.Ordinal),
        };
        Describe(SaslMechanismChoice.Choose(offer, channel, allowPlain: true)).ShouldBe(expected);
    }

    [Theory]
    [InlineData(true, true, "PLAIN")]
    [InlineData(false, true, "PlainRefused")]
    [InlineData(true, false, "PlainRefused")]
    public void Plain_needs_permission_and_verified_TLS(bool allow, bool verified, string expected) =>
        Describe(SaslMechanismChoice.Choose(new SaslOffer(["PLAIN"]), new SaslChannel { TlsVerified = verified, Tls13 = true }, allow))
            .ShouldBe(expected);

    [Fact]
    public void An_endless_list_is_looked_at_in_part()
    {
        var names = Enumerable.Range(0, SaslMechanismChoice.MaxNames).Select(i => $"X-{i}").Append("SCRAM-SHA-256").ToList();
        Describe(SaslMechanismChoice.Choose(new SaslOffer(names), new SaslChannel(), allowPlain: false)).ShouldBe("NoMechanism");
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Describe(SaslChoice choice) => choice switch
    {
        SaslChoice.Scram scram => $"{scram.Mechanism} {Header(scram.Binding)}{(scram.RequireDowngradeHash ? " prove" : "")}",
        SaslChoice.Plain => "PLAIN",
        SaslChoice.Refused refused => refused.Failure.Reason.ToString(),
        _ => "?",
    };

    private static string Header(ScramBinding binding) => binding switch
    {
        ScramBinding.Bound bound => $"p={bound.Type}",
        ScramBinding.NotOffered => "y",
        _ => "n",
    };
}
