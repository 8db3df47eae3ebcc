using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Relaying.Linux;
using Ferry.Net.Relaying.Portable;

namespace Ferry.Net.Relaying;

/// <summary>Starts the engine that suits the machine.</summary>
public static class RelayEngines
{
    /// <summary>Connections that the system keeps for us to accept.</summary>
    private const int Backlog = 4096;

    /// <summary>More pipes would move bytes no faster.</summary>
    private const int MostPipes = 512;

    /// <summary>
    /// Begins to listen on every address. False, with the address and why, when one of them can't be had: nothing listens then.
    /// </summary>
    /// <param name="options">Where and how.</param>
    /// <param name="gate">Decides over connections.</param>
    /// <param name="portable">The copying engine also where there is a faster one.</param>
    /// <param name="engine">Running.</param>
    /// <param name="failure">Which address, and what the system said.</param>
    public static bool TryStart(
        RelayEngineOptions options,
        IRelayGate gate,
        bool portable,
        [NotNullWhen(true)] out IRelayEngine? engine,
        [NotNullWhen(false)] out string? failure)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        engine = null;
        if (!TryListen(options, out ImmutableArray<Socket> listeners, out failure))
        {
            return false;
        }

        engine = OperatingSystem.IsLinux() && !portable
            ? new SpliceEngine(listeners, options, gate, MostPipes)
            : new CopyEngine(listeners, options, gate);
        return true;
    }

    private static bool TryListen(RelayEngineOptions options, out ImmutableArray<Socket> listeners, [NotNullWhen(false)] out string? failure)
    {
        var bound = new List<Socket>();
        failure = null;
        foreach (IPEndPoint address in options.Listen)
        {
            Socket? socket = TryListen(address, out SocketException? error);
            if (socket is null && bound.Count > 0 && IsMissing(error!.SocketErrorCode, options))
            {
                continue;
            }

            if (socket is null && options.PortIsWish)
            {
                socket = TryListen(new IPEndPoint(address.Address, 0), out error);
            }

            if (socket is null)
            {
                bound.ForEach(other => other.Dispose());
                failure = $"{address}: {error!.Message}";
                listeners = [];
                return false;
            }

            bound.Add(socket);
        }

        listeners = [.. bound];
        return true;
    }

    private static bool IsMissing(SocketError error, RelayEngineOptions options) =>
        error is SocketError.AddressFamilyNotSupported || (error is SocketError.AddressNotAvailable && options.PortIsWish);

    private static Socket? TryListen(IPEndPoint address, out SocketException? error)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.Bind(address);
            socket.Listen(Backlog);
            error = null;
            return socket;
        }
        catch (SocketException failed)
        {
            socket?.Dispose();
            error = failed;
            return null;
        }
    }
}
