using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol.Dns;

namespace Ferry.Net.Dns;

/// <summary>Asks the configured name servers, over UDP and, when an answer is cut, over TCP (RFC 1035, RFC 7766).</summary>
/// <remarks>
/// Each question has a random id and its own socket with a port that the system picks, connected to the server, so that only answers from
/// there are seen; those with another id or question are ignored. Every server is asked in turn, then all once more.
/// </remarks>
public sealed class StubResolver(StubResolverOptions options, TimeProvider time)
{
    private const int MaxDatagram = 4096;
    private const int MaxStrays = 32;

    /// <summary>Asks. What goes wrong is a <see cref="DnsLookup.Failed"/>; only cancellation throws.</summary>
    /// <param name="name">A-labels; the caller has converted others.</param>
    /// <param name="type">What to ask for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<DnsLookup> QueryAsync(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        var servers = options.Servers ?? await ResolverConfiguration.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (servers.Count == 0)
            return new DnsLookup.Failed("no name server is configured");

        var failure = "";
        for (var round = 0; round < options.Tries; round++)
        {
            foreach (var server in servers)
            {
                var id = RandomNumberGenerator.GetInt32(0x10000);
                if (!DnsMessageCodec.TryWriteQuery(id, name, type, out var query))
                    return new DnsLookup.Failed($"'{name}' does not fit into DNS");

                var (response, why) = await AskAsync(server, query, cancellationToken).ConfigureAwait(false);
                if (response is not null && Judge(response) is { } lookup)
                    return lookup;
                failure = response is null ? $"{server}: {why}" : $"{server}: failure code {response.Code}";
            }
        }

        return new DnsLookup.Failed(failure);
    }

    /// <summary>Null: this server cannot say, another may.</summary>
    private static DnsLookup? Judge(DnsResponse response) => response.Code switch
    {
        DnsResponse.NoSuchName => new DnsLookup.Nothing(NoSuchName: true),
        DnsResponse.NoError when HasWanted(response) => new DnsLookup.Found(response),
        DnsResponse.NoError => new DnsLookup.Nothing(NoSuchName: false),
        _ => null,
    };

    private static bool HasWanted(DnsResponse response) =>
        response.QuestionType == DnsRecordType.Srv ? response.Services.Any() : response.Addresses.Any();

    private async Task<(DnsResponse? Response, string Why)> AskAsync(IPEndPoint server, byte[] query, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var response = await AskByUdpAsync(server, query, either.Token).ConfigureAwait(false);
            if (response is { Truncated: true })
                response = await AskByTcpAsync(server, query, either.Token).ConfigureAwait(false);
            return (response, "malformed or strange answers");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, "no answer in time");
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return (null, error.Message);
        }
    }

    private static async Task<DnsResponse?> AskByUdpAsync(IPEndPoint server, byte[] query, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(query, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[MaxDatagram];
        for (var i = 0; i < MaxStrays; i++)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (ReadAnswer(buffer.AsSpan(0, length), query) is { } response)
                return response;
        }

        return null;
    }

    private static async Task<DnsResponse?> AskByTcpAsync(IPEndPoint server, byte[] query, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.WriteAsync((byte[])[(byte)(query.Length >> 8), (byte)query.Length, .. query], cancellationToken).ConfigureAwait(false);
        var head = new byte[2];
        await stream.ReadExactlyAsync(head, cancellationToken).ConfigureAwait(false);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
        await stream.ReadExactlyAsync(message, cancellationToken).ConfigureAwait(false);
        return ReadAnswer(message, query) is { Truncated: false } response ? response : null;
    }

    /// <summary>Null for what does not answer this very question.</summary>
    private static DnsResponse? ReadAnswer(ReadOnlySpan<byte> message, byte[] query)
    {
        if (!DnsMessageCodec.TryReadResponse(message, out var response) || response.Id != BinaryPrimitives.ReadUInt16BigEndian(query))
            return null;

        // The question comes back as it was sent, uncompressed; servers may change its letters' case.
        var asked = query.AsSpan(12);
        return message.Length >= query.Length && Ascii.EqualsIgnoreCase(asked, message.Slice(12, asked.Length)) ? response : null;
    }
}
