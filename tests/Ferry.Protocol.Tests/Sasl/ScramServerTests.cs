using Ferry.Protocol.Sasl;

namespace Ferry.Protocol.Tests.Sasl;

public sealed class ScramServerTests
{
    private static readonly ScramMechanism Sha256 = new(ScramHash.Sha256, Plus: false);
    private static readonly ScramMechanism Sha256Plus = new(ScramHash.Sha256, Plus: true);
    private static readonly ScramBinding.Bound Binding = new(ChannelBinding.TlsServerEndPoint, [1, 2, 3]);

    private static ScramServerOptions WithBinding(params byte[] data) => ScramPair.ServerOptions with
    {
        Domain = "example.org",
        Bindings = new Dictionary<string, byte[]>(StringComparer.Ordinal) { [ChannelBinding.TlsServerEndPoint] = data },
    };

    [Theory]
    [InlineData(ScramHash.Sha1)]
    [InlineData(ScramHash.Sha256)]
    [InlineData(ScramHash.Sha512)]
    public void Both_ends_agree_with_and_without_binding(ScramHash hash)
    {
        var plain = new ScramMechanism(hash, Plus: false);
        var plus = new ScramMechanism(hash, Plus: true);
        ScramPair.Run(ScramPair.Client(plain), new(plain, ScramPair.ServerNonce, ScramPair.ServerOptions), ScramPair.Credentials(hash)).Client
            .ShouldBe(new SaslStep.Done(null));
        ScramPair.Run(
            ScramPair.Client(plus, binding: Binding), new(plus, ScramPair.ServerNonce, WithBinding(1, 2, 3)), ScramPair.Credentials(hash)).Client
            .ShouldBe(new SaslStep.Done(null));
    }

    [Fact]
    public void Another_TLS_channel_is_refused() =>
        ScramPair.Run(
            ScramPair.Client(Sha256Plus, binding: Binding), new(Sha256Plus, ScramPair.ServerNonce, WithBinding(1, 2, 4)),
            ScramPair.Credentials(ScramHash.Sha256)).Client.Reason().ShouldBe(SaslFailureReason.ChannelBinding);

    [Fact]
    public void A_wrong_password_is_refused() =>
        ScramPair.Run(ScramPair.Client(Sha256, password: "pen"), new(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions),
            ScramPair.Credentials(ScramHash.Sha256)).Client.Reason().ShouldBe(SaslFailureReason.NotAuthorized);

    [Fact]
    public void Unknown_users_look_like_known_ones_until_the_end()
    {
        string ChallengeFor(string user, byte secret)
        {
            var server = new ScramServer(
                Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions with { UnknownUserSecret = [.. Enumerable.Repeat(secret, 16)] });
            server.HandleClientFirst($"n,,n={user},r={ScramPair.ClientNonce}").ShouldBeNull();
            return server.Challenge(null);
        }

        ChallengeFor("nobody", 1).ShouldBe(ChallengeFor("nobody", 1));
        ChallengeFor("nobody", 1).ShouldNotBe(ChallengeFor("nobody", 2));
        ChallengeFor("nobody", 1).ShouldNotBe(ChallengeFor("noone", 1));
        ChallengeFor("nobody", 1).ShouldEndWith($",i={ScramCredentials.DefaultIterations}");
        Convert.FromBase64String(ChallengeFor("nobody", 1).Split(',')[1][2..]).Length.ShouldBe(ScramCredentials.SaltLength);

        ScramPair.Run(ScramPair.Client(Sha256), new(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions), null).Client.Reason()
            .ShouldBe(SaslFailureReason.NotAuthorized);
    }

    [Theory]
    [InlineData("", SaslFailureReason.Malformed)]
    [InlineData("n,,", SaslFailureReason.Malformed)]
    [InlineData("n,,n=user", SaslFailureReason.Malformed)]
    [InlineData("n,,r=abc,n=user", SaslFailureReason.Malformed)]
    [InlineData("n,,n=us=er,r=abc", SaslFailureReason.Malformed)]
    [InlineData("n,,n=user,r=", SaslFailureReason.Malformed)]
    [InlineData("x,,n=user,r=abc", SaslFailureReason.Malformed)]
    [InlineData("n,,n=,r=abc", SaslFailureReason.NotPreparable)]
    [InlineData("n,,m=ext,n=user,r=abc", SaslFailureReason.MandatoryExtension)]
    [InlineData("n,a=admin,n=user,r=abc", SaslFailureReason.AuthorizationId)]
    [InlineData("n,a=user@other.org,n=user,r=abc", SaslFailureReason.AuthorizationId)]
    [InlineData("y,,n=user,r=abc", SaslFailureReason.Downgrade)]
    [InlineData("p=tls-exporter,,n=user,r=abc", SaslFailureReason.ChannelBinding)]
    public void Bad_first_messages_are_refused_by_name(string message, SaslFailureReason reason)
    {
        var server = new ScramServer(Sha256, ScramPair.ServerNonce, WithBinding(1));
        server.HandleClientFirst(message).ShouldNotBeNull().Reason.ShouldBe(reason);
        Should.Throw<InvalidOperationException>(() => server.Challenge(null));
    }

    [Theory]
    [InlineData("n,,n=user,r=abc")]
    [InlineData("y,,n=user,r=abc")]
    [InlineData("p=tls-exporter,,n=user,r=abc")]
    public void Plus_needs_a_type_that_was_offered(string message) =>
        new ScramServer(Sha256Plus, ScramPair.ServerNonce, WithBinding(1)).HandleClientFirst(message).ShouldNotBeNull().Reason
            .ShouldBe(SaslFailureReason.ChannelBinding);

    [Theory]
    [InlineData("n,a=user,n=user,r=abc")]
    [InlineData("n,a=user@example.org,n=user,r=abc")]
    [InlineData("n,,n=user,r=abc,x=ext")]
    public void Own_identity_and_optional_extensions_pass(string message) =>
        new ScramServer(Sha256, ScramPair.ServerNonce, WithBinding(1)).HandleClientFirst(message).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("c=biws,r=NONCE")]
    [InlineData("c=biws,r=NONCE,p=")]
    [InlineData("c=biws,r=NONCE,p=AAAA")]
    [InlineData("c=b,r=NONCE,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=eSws,r=NONCE,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=biws,r=other,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=biws,r=NONCE,m=x,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("c=biws,r=NONCE,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void Bad_answers_are_refused_once_and_for_all(string answer)
    {
        var server = new ScramServer(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions);
        server.HandleClientFirst($"n,,n=user,r={ScramPair.ClientNonce}").ShouldBeNull();
        server.Challenge(ScramPair.Credentials(ScramHash.Sha256));
        answer = answer.Replace("NONCE", ScramPair.ClientNonce + ScramPair.ServerNonce);
        server.HandleClientFinal(answer).ShouldBeOfType<SaslStep.Failed>();
        Should.Throw<InvalidOperationException>(() => server.HandleClientFinal(answer));
    }

    [Fact]
    public void Stored_credentials_survive_writing_and_reading()
    {
        foreach (var hash in Enum.GetValues<ScramHash>())
        {
            var credentials = ScramPair.Credentials(hash);
            ScramCredentials.TryParse(credentials.Serialise(), out var read).ShouldBeTrue();
            read!.Serialise().ShouldBe(credentials.Serialise());
            read.Accepts("pencil").ShouldBeTrue();
            read.Accepts("pencils").ShouldBeFalse();
            read.Accepts("").ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256$4096:AQI=$AQI=:AQI=")]
    [InlineData("SCRAM-SHA-256-PLUS$4096:AQI=$KEY:KEY")]
    [InlineData("SCRAM-MD5$4096:AQI=$KEY:KEY")]
    [InlineData("SCRAM-SHA-256$4095:AQI=$KEY:KEY")]
    [InlineData("SCRAM-SHA-256$4096:$KEY:KEY")]
    [InlineData("SCRAM-SHA-256$4096:AQI=$KEY:KEY$")]
    public void Damaged_credentials_are_not_read(string line) =>
        ScramCredentials.TryParse(line.Replace("KEY", Convert.ToBase64String(new byte[32])), out _).ShouldBeFalse();

    [Fact]
    public void Secrets_do_not_print()
    {
        var credentials = ScramPair.Credentials(ScramHash.Sha256);
        credentials.ToString().ShouldNotContain(Convert.ToBase64String(credentials.StoredKey));
        new PlainMessage("", "user", "pencil").ToString().ShouldNotContain("pencil");
    }
}
