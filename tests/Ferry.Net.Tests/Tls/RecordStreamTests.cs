using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;
using Ferry.Testing;

namespace Ferry.Net.Tests.Tls;

public sealed class RecordStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16_384)]
    [InlineData(80_000)]
    [InlineData(1_000_000)]
    public async Task What_goes_in_comes_out_through_tls_in_few_writes(int size)
    {
        await using var pair = await SecurePair.OpenAsync();
        var bytes = RandomNumberGenerator.GetBytes(size);
        var writes = pair.Near.Writes;
        var received = new byte[size];
        var reading = pair.Server.ReadExactlyAsync(received).AsTask();
        await pair.Client.WriteAsync(bytes);
        await pair.Client.FlushAsync();
        await reading.WaitAsync(TimeSpan.FromSeconds(10));
        received.ShouldBe(bytes);
        (pair.Near.Writes - writes).ShouldBeLessThanOrEqualTo(1 + (size / (RecordStream.MostHeld - 20_000)));
    }

    [Fact]
    public async Task Full_records_wait_for_the_flush_and_short_ones_for_nothing()
    {
        var inner = new Counting(new MemoryStream());
        await using var transport = new RecordStream(inner);
        await transport.WriteAsync(new byte[16_406]);
        await transport.WriteAsync(new byte[16_406]);
        inner.Writes.ShouldBe(0);
        await transport.FlushAsync();
        (inner.Writes, inner.Length).ShouldBe((1, 32_812));
        await transport.WriteAsync(new byte[16_406]);
        await transport.WriteAsync(new byte[5]);
        (inner.Writes, inner.Length).ShouldBe((2, 49_223));
        await transport.WriteAsync(new byte[7]);
        (inner.Writes, inner.Length).ShouldBe((3, 49_230));
        for (var i = 0; i < 20; i++) await transport.WriteAsync(new byte[16_406]);
        (inner.Length - 49_230).ShouldBeGreaterThan(20 * 16_406 - RecordStream.MostHeld); // no more than that is held back
        await transport.WriteAsync(new byte[300_000]);
        await transport.FlushAsync();
        inner.Length.ShouldBe(49_230 + (20 * 16_406) + 300_000);
    }

    [Fact]
    public async Task Buffers_grow_with_what_comes_and_shrink_when_little_does()
    {
        var bulk = new byte[1_000_000];
        Random.Shared.NextBytes(bulk);
        var inner = new Counting(new MemoryStream(bulk), bulk.Length);
        await using var transport = new RecordStream(inner);
        var idle = transport.BufferBytes;
        idle.ShouldBeLessThanOrEqualTo(8192);
        (await transport.ReadAsync(Memory<byte>.Empty)).ShouldBe(0); // waits for bytes and takes none
        var got = new byte[bulk.Length];
        await transport.ReadExactlyAsync(got);
        got.ShouldBe(bulk);
        inner.Reads.ShouldBeLessThan(20);
        transport.BufferBytes.ShouldBe(RecordStream.MostHeld);
        await transport.WriteAsync(new byte[16_406]);
        await transport.FlushAsync();
        (await transport.ReadAsync(new byte[1])).ShouldBe(0); // the end
        for (var i = 0; i < 20; i++)
        {
            (await transport.ReadAsync(new byte[1])).ShouldBe(0);
            await transport.WriteAsync(new byte[1]);
            await transport.FlushAsync();
        }

        transport.BufferBytes.ShouldBe(idle);
    }

    /// <summary>What a handshake says may be as long as a full record, and several of them: nobody writes after it until it is answered.</summary>
    [Theory]
    [InlineData(3_000)]
    [InlineData(4_000)]
    [InlineData(9_000)]
    [InlineData(40_000)]
    public async Task A_long_certificate_waits_for_nothing(int bytes)
    {
        await using var pair = await SecurePair.OpenAsync(bytes);
        await pair.Server.WriteAsync(new byte[] { 7 });
        await pair.Server.FlushAsync();
        var read = new byte[1];
        (await pair.Client.ReadAsync(read).AsTask().WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(1);
        read.ShouldBe([7]);
    }

    private sealed class SecurePair : IAsyncDisposable
    {
        private SecurePair(Counting near, SslStream client, SslStream server) => (Near, Client, Server) = (near, client, server);

        public Counting Near { get; }

        public SslStream Client { get; }

        public SslStream Server { get; }

        public static async Task<SecurePair> OpenAsync(int certificateBytes = 0)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            if (certificateBytes > 0) request.CertificateExtensions.Add(new X509Extension("1.2.3.4", RandomNumberGenerator.GetBytes(certificateBytes), critical: false));
            var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var sockets = await SocketPair.OpenAsync();
            var near = new Counting(new NetworkStream(sockets.One, ownsSocket: true));
#pragma warning disable CA5359 // The certificate was made a moment ago.
            var client = new SslStream(new RecordStream(near), false, (_, _, _, _) => true);
#pragma warning restore CA5359
            var server = new SslStream(new RecordStream(new NetworkStream(sockets.Other, ownsSocket: true)), false);
            await Task.WhenAll(client.AuthenticateAsClientAsync("localhost"), server.AuthenticateAsServerAsync(certificate)).WaitAsync(TimeSpan.FromSeconds(10));
            return new SecurePair(near, client, server);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    /// <summary>Counts calls; what is written stays apart from what is read.</summary>
    private sealed class Counting(Stream inner, int readable = -1) : Stream
    {
        private long _written;

        public int Reads { get; private set; }

        public int Writes { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _written;

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return inner.ReadAsync(buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Writes++;
            _written += buffer.Length;
            return readable >= 0 ? default : inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
