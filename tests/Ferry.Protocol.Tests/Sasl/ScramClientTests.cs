using Ferry.Protocol.Sasl;

namespace Ferry.Protocol.Tests.Sasl;

public sealed class ScramClientTests
{
    private static readonly ScramMechanism Sha256 = new(ScramHash.Sha256, Plus: false);

    [Theory]
    [InlineData("", SaslFailureReason.Malformed)]
    [InlineData("r", SaslFailureReason.Malformed)]
    [InlineData("s=AQI=,r=NONCEx,i=4096", SaslFailureReason.Malformed)]
    [InlineData("r=NONCEx,i=4096", SaslFailureReason.Malformed)]
    [InlineData("r=NONCEx,s=,i=4096", SaslFailureReason.Malformed)]
    [InlineData("r=NONCEx,s=AQI,i=4096", SaslFailureReason.Malformed)]
    [InlineData("r=NONCEx,s=A QI=,i=4096", SaslFailureReason.Malformed)]
    [InlineData("r=NONCE,s=AQI=,i=4096", SaslFailureReason.Nonce)]
    [InlineData("r=other-nonce-0123456789,s=AQI=,i=4096", SaslFailureReason.Nonce)]
    [InlineData("r=NONCE\u00e9,s=AQI=,i=4096", SaslFailureReason.Nonce)]
    [InlineData("r=NONCEx,s=AQI=,i=4095", SaslFailureReason.Iterations)]
    [InlineData("r=NONCEx,s=AQI=,i=1000001", SaslFailureReason.Iterations)]
    [InlineData("r=NONCEx,s=AQI=,i=99999999999999", SaslFailureReason.Iterations)]
    [InlineData("r=NONCEx,s=AQI=,i=-4096", SaslFailureReason.Iterations)]
    [InlineData("r=NONCEx,s=AQI=,i=", SaslFailureReason.Iterations)]
    [InlineData("r=NONCEx,s=AQI=,i= 4096", SaslFailureReason.Iterations)]
    [InlineData("m=x,r=NONCEx,s=AQI=,i=4096", SaslFailureReason.MandatoryExtension)]
    [InlineData("r=NONCEx,s=AQI=,i=4096,m=x", SaslFailureReason.MandatoryExtension)]
    [InlineData("e=unknown-user", SaslFailureReason.NotAuthorized)]
    [InlineData("e=channel-bindings-dont-match", SaslFailureReason.ChannelBinding)]
    [InlineData("e=server-does-support-channel-binding", SaslFailureReason.Downgrade)]
    public void Bad_challenges_are_refused_by_name(string challenge, SaslFailureReason reason) =>
        ScramPair.Client(Sha256).HandleServerFirst(challenge.Replace("NONCE", ScramPair.ClientNonce)).Reason().ShouldBe(reason);

    [Theory]
    [InlineData("r=NONCEx,s=AQI=,i=4096")]
    [InlineData("r=NONCEx,s=AQI=,i=4096,x=something,z=else")]
    public void Good_challenges_are_answered_whatever_optional_extensions_follow(string challenge) =>
        ScramPair.Client(Sha256).HandleServerFirst(challenge.Replace("NONCE", ScramPair.ClientNonce)).ShouldBeOfType<SaslStep.Reply>();

    [Fact]
    public void A_salt_beyond_the_limit_is_refused()
    {
        var salt = Convert.ToBase64String(new byte[ScramLimits.MaxSalt + 1]);
        ScramPair.Client(Sha256).HandleServerFirst($"r={ScramPair.ClientNonce}x,s={salt},i=4096").Reason().ShouldBe(SaslFailureReason.Malformed);
    }

    [Fact]
    public void A_message_beyond_the_limit_is_refused() =>
        ScramPair.Client(Sha256).HandleServerFirst($"r={ScramPair.ClientNonce}{new string('x', 4096)},s=AQI=,i=4096").Reason()
            .ShouldBe(SaslFailureReason.Malformed);

    [Theory]
    [InlineData("", SaslFailureReason.ServerSignature)]
    [InlineData("v=", SaslFailureReason.ServerSignature)]
    [InlineData("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SaslFailureReason.ServerSignature)]
    [InlineData("x=1", SaslFailureReason.ServerSignature)]
    [InlineData("e=invalid-proof", SaslFailureReason.NotAuthorized)]
    [InlineData("e=anything <b>else</b>", SaslFailureReason.NotAuthorized)]
    public void A_server_that_does_not_prove_itself_is_refused(string last, SaslFailureReason reason)
    {
        var client = ScramPair.Client(Sha256);
        client.HandleServerFirst($"r={ScramPair.ClientNonce}x,s=AQI=,i=4096").ShouldBeOfType<SaslStep.Reply>();
        var step = client.HandleServerFinal(last);
        step.Reason().ShouldBe(reason);
        ((SaslStep.Failed)step).Failure.Text.ShouldNotContain("<b>");
        Should.Throw<InvalidOperationException>(() => client.HandleServerFinal(last));
    }

    [Fact]
    public void Steps_out_of_order_are_misuse()
    {
        var client = ScramPair.Client(Sha256);
        Should.Throw<InvalidOperationException>(() => client.HandleServerFinal("v=x"));
        client.HandleServerFirst("e=other-error");
        Should.Throw<InvalidOperationException>(() => client.HandleServerFirst("e=other-error"));
        Should.Throw<InvalidOperationException>(() => client.HandleServerFinal("v=x"));
    }

    [Fact]
    public void Kept_keys_stand_in_for_the_password_while_salt_and_count_stay()
    {
        var credentials = ScramPair.Credentials(ScramHash.Sha256);
        var first = ScramPair.Client(Sha256);
        ScramPair.Run(first, new ScramServer(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions), credentials).Client
            .ShouldBe(new SaslStep.Done(null));

        var second = ScramPair.Client(Sha256, password: null, options: new ScramClientOptions { Keys = first.Keys });
        ScramPair.Run(second, new ScramServer(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions), credentials).Client
            .ShouldBe(new SaslStep.Done(null));

        var third = ScramPair.Client(Sha256, password: null, options: new ScramClientOptions { Keys = first.Keys });
        third.HandleServerFirst($"r={ScramPair.ClientNonce}x,s=AQI=,i=4096").Reason().ShouldBe(SaslFailureReason.PasswordNeeded);
    }

    [Fact]
    public void A_changed_list_of_mechanisms_is_seen_before_the_proof_leaves()
    {
        var sent = new SaslOffer(["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], ["tls-server-end-point"]);
        var seen = new SaslOffer(["SCRAM-SHA-256"]);
        ScramServer Server() => new(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions with { Offer = sent });
        var credentials = ScramPair.Credentials(ScramHash.Sha256);

        ScramPair.Run(ScramPair.Client(Sha256, options: new ScramClientOptions { Offer = sent }), Server(), credentials).Client
            .ShouldBe(new SaslStep.Done(null));
        ScramPair.Run(ScramPair.Client(Sha256, options: new ScramClientOptions { Offer = seen }), Server(), credentials).Client.Reason()
            .ShouldBe(SaslFailureReason.Downgrade);
    }

    [Fact]
    public void A_required_proof_of_the_list_must_be_there()
    {
        var options = new ScramClientOptions { RequireDowngradeHash = true };
        ScramPair.Client(Sha256, options: options).HandleServerFirst($"r={ScramPair.ClientNonce}x,s=AQI=,i=4096").Reason()
            .ShouldBe(SaslFailureReason.ChannelBinding);
    }

    [Fact]
    public void Names_with_comma_and_equals_sign_are_escaped_and_come_back()
    {
        var client = ScramPair.Client(Sha256, user: "a=b,c=2C");
        client.ClientFirst.ShouldStartWith("n,,n=a=3Db=2Cc=3D2C,");
        var server = new ScramServer(Sha256, ScramPair.ServerNonce, ScramPair.ServerOptions);
        server.HandleClientFirst(client.ClientFirst).ShouldBeNull();
        server.User.ShouldBe("a=b,c=2C");
    }

    [Fact]
    public void Own_mistakes_throw_and_unfit_passwords_do_not()
    {
        Should.Throw<ArgumentException>(() => ScramPair.Client(Sha256, nonce: "short"));
        Should.Throw<ArgumentException>(() => ScramPair.Client(Sha256, nonce: "has,a,comma,and,is,long,enough"));
        Should.Throw<ArgumentException>(() => ScramPair.Client(Sha256, binding: new ScramBinding.Bound("tls-exporter", [1])));
        Should.Throw<ArgumentException>(() => ScramPair.Client(new ScramMechanism(ScramHash.Sha256, Plus: true)));
        ScramClient.TryCreate(Sha256, "user", "bell\u0007", ScramPair.ClientNonce, new ScramBinding.None(), null, out _, out var failure)
            .ShouldBeFalse();
        failure.ShouldNotBeNull().Reason.ShouldBe(SaslFailureReason.NotPreparable);
    }
}
