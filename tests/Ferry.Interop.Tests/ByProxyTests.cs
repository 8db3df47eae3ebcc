using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>The servers' own SOCKS5 proxies between two Ferrys.</summary>
public sealed class ByProxyTests(ProsodyServer prosody, EjabberdServer ejabberd)
{
    private const string Prosody = nameof(prosody);
    private const string Ejabberd = nameof(ejabberd);

    [Theory]
    [InlineData(Prosody, "si", 0)]
    [InlineData(Prosody, "si", 1)]
    [InlineData(Prosody, "si", 3_000_000)]
    [InlineData(Prosody, "none", 0)]
    [InlineData(Prosody, "none", 3_000_000)]
    [InlineData(Ejabberd, "si", 0)]
    [InlineData(Ejabberd, "si", 1)]
    [InlineData(Ejabberd, "si", 3_000_000)]
    [InlineData(Ejabberd, "none", 0)]
    public async Task A_file_arrives(string server, string offer, int size)
    {
        using var file = new SampleFile(size);
        using var target = new TargetDirectory();
        await using var pair = await Pair.Start(Server(server), file, target, ["--offer", offer, "--via", "s5b-proxy"], ["--offer", offer, "--via", "s5b-proxy"]);

        (await pair.Sender.Done()).GetProperty("method").GetString().ShouldBe("s5b-proxy");
        var done = await pair.Receiver.Done();
        done.GetProperty("method").GetString().ShouldBe("s5b-proxy");
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await pair.Sender.ExitCode()).ShouldBe(0);
        (await pair.Receiver.ExitCode()).ShouldBe(0);
    }

    [Theory]
    [InlineData("s5b-direct,s5b-proxy", "s5b-direct")]
    [InlineData("s5b-proxy,s5b-direct", "s5b-proxy")]
    public async Task Direct_and_proxy_stand_in_one_offer_in_the_order_of_via(string via, string carried)
    {
        using var file = new SampleFile(100_000);
        using var target = new TargetDirectory();
        await using var pair = await Pair.Start(prosody, file, target, ["--via", via], []);

        (await pair.Sender.Done()).GetProperty("method").GetString().ShouldBe(carried);
        (await pair.Receiver.Done()).GetProperty("method").GetString().ShouldBe(carried);
    }

    [Fact]
    public async Task The_proxy_carries_what_the_direct_addresses_do_not()
    {
        using var file = new SampleFile(100_000);
        using var target = new TargetDirectory();
        await using var pair = await Pair.Start(prosody, file, target, ["--via", "s5b-direct,s5b-proxy"], ["--via", "s5b-proxy"]);

        (await pair.Sender.Done()).GetProperty("method").GetString().ShouldBe("s5b-proxy");
        (await pair.Receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task A_named_proxy_is_used_and_one_that_is_not_there_does_no_harm()
    {
        using var file = new SampleFile(100_000);
        using var target = new TargetDirectory();
        string[] options = ["--via", "s5b-proxy", "--proxy", "nowhere.localhost", "--proxy", IXmppServer.ProxyJid];
        await using var pair = await Pair.Start(prosody, file, target, options, []);

        (await pair.Sender.Done()).GetProperty("method").GetString().ShouldBe("s5b-proxy");
        (await pair.Receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task Without_a_proxy_and_without_anything_else_there_is_no_method()
    {
        using var file = new SampleFile(1);
        using var target = new TargetDirectory();
        await using var pair = await Pair.Start(prosody, file, target, ["--via", "s5b-proxy", "--proxy", "nowhere.localhost"], ["--proxy", "nowhere.localhost"]);

        (await pair.Sender.Failed()).GetProperty("reason").GetString().ShouldBe("no-method");
        (await pair.Sender.ExitCode()).ShouldBe(6);
    }

    [Fact]
    public async Task Without_a_proxy_in_band_takes_over()
    {
        using var file = new SampleFile(100_000);
        using var target = new TargetDirectory();
        await using var pair = await Pair.Start(prosody, file, target, ["--via", "s5b-proxy,ibb", "--proxy", "nowhere.localhost"], ["--proxy", "nowhere.localhost"]);

        (await pair.Sender.Done()).GetProperty("method").GetString().ShouldBe("ibb");
        (await pair.Receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    /// <summary>XEP-0260: both sides name candidates. By stream initiation there are the sender's alone.</summary>
    [Theory]
    [InlineData("jingle", "s5b-proxy")]
    [InlineData("si", "ibb")]
    public async Task The_receivers_proxy_will_do_where_Jingle_is_spoken(string offer, string method)
    {
        using var file = new SampleFile(100_000);
        using var target = new TargetDirectory();
        await using var pair = await Pair.Start(prosody, file, target, ["--offer", offer, "--via", "s5b-proxy,ibb", "--proxy", "nowhere.localhost"], []);

        (await pair.Sender.Done()).GetProperty("method").GetString().ShouldBe(method);
        (await pair.Receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    private IXmppServer Server(string name) => name == Prosody ? prosody : ejabberd;

    private sealed record Pair(FerryProcess Sender, FerryProcess Receiver) : IAsyncDisposable
    {
        public static async Task<Pair> Start(IXmppServer server, SampleFile file, TargetDirectory target, string[] sending, string[] receiving)
        {
            var (from, to) = (await server.CreateAccount("sender"), await server.CreateAccount("receiver"));
            var receiver = await FerryProcess.Receive(server, to, target.Path, ["--from", from.Jid, .. receiving]);
            return new Pair(FerryProcess.Send(server, from, file.FilePath, receiver.Jid, sending), receiver);
        }

        public async ValueTask DisposeAsync()
        {
            await Sender.DisposeAsync();
            await Receiver.DisposeAsync();
        }
    }
}
