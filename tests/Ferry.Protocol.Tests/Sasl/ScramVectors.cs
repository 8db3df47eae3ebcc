using Ferry.Protocol.Sasl;

namespace Ferry.Protocol.Tests.Sasl;

/// <summary>The exchanges printed in RFC 5802 §5 and RFC 7677 §3.</summary>
public sealed class ScramVectors
{
    public static TheoryData<ScramHash, string, string, string, string, string> Exchanges => new()
    {
        {
            ScramHash.Sha1,
            "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            "QSXCR+Q6sek8bf92"
        },
        {
            ScramHash.Sha256,
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            "W22ZaJ0SNY7soEsUEjb6gQ=="
        },
    };

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void Client_sends_what_the_RFC_prints(ScramHash hash, string first, string challenge, string answer, string last, string salt)
    {
        var client = ScramPair.Client(new ScramMechanism(hash, Plus: false), "pencil", first[(first.IndexOf("r=", StringComparison.Ordinal) + 2)..]);
        client.ClientFirst.ShouldBe(first);
        client.HandleServerFirst(challenge).ShouldBe(new SaslStep.Reply(answer));
        client.HandleServerFinal(last).ShouldBe(new SaslStep.Done(null));
        client.Keys.ShouldNotBeNull().Salt.ShouldBe(Convert.FromBase64String(salt));
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void Server_sends_what_the_RFC_prints(ScramHash hash, string first, string challenge, string answer, string last, string salt)
    {
        ScramCredentials.TryDerive(hash, "pencil", Convert.FromBase64String(salt), 4096, out var credentials, out _).ShouldBeTrue();
        var clientNonce = first[(first.IndexOf("r=", StringComparison.Ordinal) + 2)..];
        var serverNonce = challenge[(2 + clientNonce.Length)..challenge.IndexOf(',', StringComparison.Ordinal)];
        var server = new ScramServer(new ScramMechanism(hash, Plus: false), serverNonce, ScramPair.ServerOptions);
        server.HandleClientFirst(first).ShouldBeNull();
        server.User.ShouldBe("user");
        server.Challenge(credentials).ShouldBe(challenge);
        server.HandleClientFinal(answer).ShouldBe(new SaslStep.Done(last));
    }

    [Fact]
    public void Downgrade_hash_is_that_of_XEP_0474()
    {
        var offer = new SaslOffer(["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], ["tls-server-end-point", "tls-exporter"]);
        offer.DowngradeHash(ScramHash.Sha1).ShouldBe("G6k/rBLDqgOhRRaCuuatSDFkJ08=");
    }
}
