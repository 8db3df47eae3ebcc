using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Server.HttpBridge;
using Ferry.Testing.Tls;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>The bridge with a certificate of its own.</summary>
public sealed class BridgeTlsTests
{
    [Fact]
    public async Task A_form_and_a_download_go_by_HTTPS_and_the_whole_chain_is_shown()
    {
        using var certified = new CertifiedLoopback();
        await using var scene = await BridgeScene.StartAsync(options => options with { CertificateFile = certified.CertificateFile });
        var (upload, download) = await scene.HttpToHttpAsync("s1", "size='3000001'");
        upload.ShouldStartWith("https://127.0.0.1:");
        download.ShouldStartWith("https://127.0.0.1:");
        using var https = Trusting(certified);
        var file = BridgeScene.Random(3_000_001);
        var posting = https.PostAsync(upload, scene.Form("s1", new ByteArrayContent(file)));
        using var got = await https.GetAsync(download);
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(file);
        (await posting).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await scene.EndingAsync()).ShouldBe("done");
    }

    [Fact]
    public async Task Nothing_goes_in_the_clear_and_who_does_not_trust_it_sends_nothing()
    {
        using var certified = new CertifiedLoopback();
        await using var scene = await BridgeScene.StartAsync(options => options with { CertificateFile = certified.CertificateFile });
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        using var clear = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nTEST");
        (await clear.ReadToEndAsync()).Text.ShouldNotContain("HTTP/1.1 200");
        await Should.ThrowAsync<HttpRequestException>(scene.Http.PutAsync(upload, new StringContent("TEST")));
        await Should.ThrowAsync<HttpRequestException>(scene.Http.GetAsync(download));
        scene.Bridge.Waits(sender: true).ShouldBeFalse();
        scene.Bridge.Waits(sender: false).ShouldBeFalse();
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("no certificate at all\n")]
    public async Task A_file_that_is_no_certificate_with_its_key_is_said_at_the_start(string text)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("ferry-bridge-").FullName, "relay.pem");
        await File.WriteAllTextAsync(file, text);
        await Should.ThrowAsync<CryptographicException>(BridgeListener.StartAsync(new BridgeOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], CertificateFile = file }, _ => Task.CompletedTask, CancellationToken.None));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    // Its root alone: what is between must come from the bridge.
    private static HttpClient Trusting(CertifiedLoopback certified)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.ImportFromPemFile(certified.Root);
        return new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }) { Timeout = TimeSpan.FromSeconds(30) };
    }
}
