using System.Collections.Concurrent;
using Ferry.Methods.HttpBridge;
using Ferry.Protocol;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Testing.Tls;

namespace Ferry.Tests.Methods.HttpBridge;

/// <summary>Whole transfers through the embedded server's bridge, with a client at either HTTP end.</summary>
public sealed class BridgeMethodTests
{
    [Theory]
    [InlineData("http-bridge", "http-bridge", 0)]
    [InlineData("http-bridge", "http-bridge", 1)]
    [InlineData("http-bridge", "http-bridge", 3_000_000)]
    [InlineData("http-bridge", "s5b-proxy", 1)]
    [InlineData("http-bridge", "s5b-proxy", 3_000_000)]
    [InlineData("s5b-proxy", "http-bridge", 0)]
    [InlineData("s5b-proxy", "http-bridge", 1)]
    [InlineData("s5b-proxy", "http-bridge", 3_000_000)]
    public async Task Either_end_may_be_behind_HTTP(string sender, string receiver, int bytes)
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: true, "alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File("file.bin", bytes);
        var attempts = new ConcurrentQueue<Attempt>();
        var sending = alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [sender], Attempts = new Heard(attempts) });
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = [receiver] });
        var sent = await sending;
        (sent.Failure?.Message, sent.Method).ShouldBe((null, sender));
        (received.Failure?.Message, received.Method).ShouldBe((null, receiver));
        File.ReadAllBytes(Path.Combine(harbour.Inbox, "file.bin")).ShouldBe(File.ReadAllBytes(path));
        attempts.Select(attempt => (attempt.Method, attempt.Result)).ShouldBe([(sender, AttemptResult.Started), (sender, AttemptResult.Chosen)]);
    }

    /// <summary>The whole file is at the bridge before the receiver hears of it.</summary>
    [Theory]
    [InlineData("http-bridge", "http-bridge", 3_000_000)]
    [InlineData("s5b-proxy", "http-bridge", 0)]
    [InlineData("http-bridge", "s5b-proxy", 300_000)]
    public async Task A_bridge_may_keep_the_file_first(string sender, string receiver, int bytes)
    {
        await using var harbour = await Harbour.OpenWithSpoolAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File("file.bin", bytes);
        var sending = alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [sender] });
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = [receiver] });
        ((await sending).Failure?.Message, received.Failure?.Message, received.Method).ShouldBe((null, null, receiver));
        File.ReadAllBytes(Path.Combine(harbour.Inbox, "file.bin")).ShouldBe(File.ReadAllBytes(path));
    }

    /// <summary>By <c>--ca</c>, or by <c>--pin</c> where the bridge has the XMPP server's own certificate.</summary>
    [Theory]
    [InlineData(true, "http-bridge", "http-bridge")]
    [InlineData(false, "http-bridge", "http-bridge")]
    [InlineData(true, "http-bridge", "s5b-proxy")]
    [InlineData(false, "s5b-proxy", "http-bridge")]
    public async Task A_bridge_with_a_certificate_is_trusted_as_the_server_is(bool byAuthority, string sender, string receiver)
    {
        using var certified = new CertifiedLoopback();
        await using var harbour = await Harbour.OpenCertifiedAsync(certified.CertificateFile, "alice", "bob");
        FerryOptions Trusting(FerryOptions options) => byAuthority ? options with { PinnedCertificate = null, CertificateAuthorities = [certified.Root] } : options with { PinnedCertificate = certified.Own };
        var alice = await harbour.ConnectAsync("alice", Trusting);
        var bob = await harbour.ConnectAsync("bob", Trusting);
        var path = harbour.File("file.bin", 300_000);
        var sending = alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [sender] });
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = [receiver] });
        ((await sending).Failure?.Message, received.Failure?.Message, received.Method).ShouldBe((null, null, receiver));
        File.ReadAllBytes(Path.Combine(harbour.Inbox, "file.bin")).ShouldBe(File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bridge_with_somebody_elses_certificate_gets_nothing(bool byAuthority)
    {
        using var certified = new CertifiedLoopback();
        using var other = new CertifiedLoopback();
        await using var harbour = await Harbour.OpenCertifiedAsync(certified.CertificateFile, "alice");
        var bridge = harbour.Server.BridgeUrl!;
        bridge.Scheme.ShouldBe("https");
        var options = new FerryOptions { Account = Harbour.Address("alice"), Password = "alice", CertificateAuthorities = byAuthority ? [other.Root] : [], PinnedCertificate = byAuthority ? null : other.Own };
        using var http = BridgeHttp.Create(bridge, new StreamhostPolicy { AllowLocal = true }, options);
        (await Should.ThrowAsync<HttpRequestException>(http.GetAsync(bridge))).InnerException.ShouldBeOfType<System.Security.Authentication.AuthenticationException>();
    }

    [Fact]
    public async Task One_after_the_other_between_the_same_two()
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: true, "alice", "bob");
        // The bridge is a stranger to both.
        var bob = await harbour.ConnectAsync("bob", options => options with { AcceptFrom = PeerPolicy.Only(Harbour.Address("alice")) });
        var alice = await harbour.ConnectAsync("alice", options => options with { AcceptFrom = PeerPolicy.Nobody });
        var path = harbour.File("scan.pdf", 300_000);
        foreach (var (sender, receiver) in ((string, string)[])[("http-bridge", "s5b-proxy"), ("s5b-proxy", "http-bridge"), ("http-bridge", "http-bridge"), ("s5b-proxy", "s5b-proxy")])
        {
            var sending = alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [sender] });
            var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = [receiver], Existing = ExistingFile.Rename });
            (await sending).Failure?.Message.ShouldBeNull();
            (received.Failure?.Message, received.Method).ShouldBe((null, receiver));
        }
    }

    /// <summary>It is for who asks: nobody's transfer goes through a third party's HTTP by accident.</summary>
    [Fact]
    public async Task Nobody_uses_it_who_did_not_ask_for_it()
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: true, "alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Methods = ["s5b-direct", "s5b-proxy", "ibb"] });
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("file.bin", 10), bob.Jid, new SendOptions { Methods = ["http-bridge"] });
        var ended = await sending;
        ended.Failure!.Reason.ShouldBe(FailureReason.Usage);
    }

    [Fact]
    public async Task Without_a_bridge_it_is_said_and_the_next_method_is_tried()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var attempts = new ConcurrentQueue<Attempt>();
        var sending = alice.SendAsync(harbour.File("file.bin", 10), bob.Jid, new SendOptions { Methods = ["http-bridge", "ibb"], Attempts = new Heard(attempts) });
        (await harbour.ReceiveAsync(bob)).Method.ShouldBe("ibb");
        (await sending).Method.ShouldBe("ibb");
        attempts.ShouldContain(attempt => attempt.Method == "http-bridge" && attempt.Result == AttemptResult.Failed && attempt.Reason == "no proxy with a bridge is known");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_cancels_midway_ends_it_at_the_other_end(bool sender)
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: true, "alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        using var stopSending = new CancellationTokenSource();
        using var stopReceiving = new CancellationTokenSource();
        using var endless = new Endless(sender ? stopSending : stopReceiving);
        var sending = alice.SendAsync(endless, bob.Jid, new SendOptions { Name = "endless", Methods = ["http-bridge"] }, stopSending.Token);
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = ["http-bridge"] }, stopReceiving.Token);
        var sent = await sending;
        (sender ? sent : received).Failure!.Reason.ShouldBe(FailureReason.Cancelled);
        (sender ? received : sent).Succeeded.ShouldBeFalse();
        harbour.Received.ShouldNotContain("endless");
    }

    /// <summary>Only the bridge that was asked is believed; a URL from anybody else opens nothing.</summary>
    [Theory]
    [InlineData("activated", "url='http://127.0.0.1:1/x'", ErrorCondition.ItemNotFound)]
    [InlineData("activated", "url='file:///etc/passwd'", ErrorCondition.BadRequest)]
    [InlineData("progress", "sent='1'", ErrorCondition.ItemNotFound)]
    public async Task Notices_that_nobody_waits_for_are_refused(string name, string attribute, ErrorCondition condition)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.JoinAsync("bob");
        await bob.SendAsync($"<iq type='set' id='1' to='{alice.Jid}'><{name} xmlns='{Namespaces.HttpBridge}' sidhash='{new string('a', 40)}' {attribute}/></iq>");
        var answer = await bob.SkipToAsync($"<iq type='error' id='1' from='{alice.Jid}' to='{bob.Jid}'>...</iq>");
        StanzaError.Parse(answer).Condition.ShouldBe(condition);
    }

    private sealed class Heard(ConcurrentQueue<Attempt> attempts) : IProgress<Attempt>
    {
        public void Report(Attempt value) => attempts.Enqueue(value);
    }

    /// <summary>Zeros without an end; after some megabytes somebody has had enough.</summary>
    private sealed class Endless(CancellationTokenSource enough) : Stream
    {
        private long _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            _given += count;
            if (_given > 20_000_000) enough.Cancel();
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
