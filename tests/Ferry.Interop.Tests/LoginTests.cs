using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>Ferry's log-in at Prosody: STARTTLS and direct TLS, trust by authority and by pin.</summary>
public sealed class LoginTests(ProsodyServer server)
{
    [Theory]
    [InlineData("xmpp:", "--ca")]
    [InlineData("xmpp:", "--pin")]
    [InlineData("xmpps:", "--ca")]
    [InlineData("xmpps:", "--pin")]
    public async Task A_trusted_server_is_logged_in_to(string scheme, string trust)
    {
        var account = await server.CreateAccount("user");
        using var target = new TargetDirectory();

        await using var ferry = Receive(account, target, scheme, trust, trust == "--ca" ? server.Certificate.AuthorityFile : server.Certificate.Pin);

        (await ferry.Next("ready", "failed")).GetProperty("type").GetString().ShouldBe("ready", ferry.Describe("cannot log in"));
        ferry.Interrupt();
        (await ferry.ExitCode()).ShouldBe(130);
    }

    [Theory]
    [InlineData("xmpp:")]
    [InlineData("xmpps:")]
    public async Task Another_certificate_than_the_pinned_one_is_refused(string scheme)
    {
        var account = await server.CreateAccount("user");
        using var target = new TargetDirectory();

        await using var ferry = Receive(account, target, scheme, "--pin", new string('0', 64));

        (await ferry.Failed()).GetProperty("reason").GetString().ShouldBe("tls");
        (await ferry.ExitCode()).ShouldBe(10);
    }

    [Fact]
    public async Task An_unknown_authority_is_refused()
    {
        var account = await server.CreateAccount("user");
        using var target = new TargetDirectory();

        await using var ferry = FerryProcess.Start(["receive", "--dir", target.Path, "--server", $"xmpp:127.0.0.1:{server.Port}"], account);

        (await ferry.Failed()).GetProperty("reason").GetString().ShouldBe("tls");
        (await ferry.ExitCode()).ShouldBe(10);
    }

    [Fact]
    public async Task A_wrong_password_is_an_authentication_failure()
    {
        var account = await server.CreateAccount("user") with { Password = "another" };
        using var target = new TargetDirectory();

        await using var ferry = Receive(account, target, "xmpp:", "--ca", server.Certificate.AuthorityFile);

        (await ferry.Failed()).GetProperty("reason").GetString().ShouldBe("auth");
        (await ferry.ExitCode()).ShouldBe(10);
    }

    private FerryProcess Receive(Account account, TargetDirectory target, string scheme, string trust, string value)
    {
        var port = scheme == "xmpps:" ? server.DirectTlsPort : server.Port;
        return FerryProcess.Start(["receive", "--dir", target.Path, "--server", $"{scheme}127.0.0.1:{port}", trust, value], account);
    }
}
