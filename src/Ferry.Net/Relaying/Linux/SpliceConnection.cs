using System.Net;
using System.Runtime.Versioning;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Relaying.Linux;

/// <summary>A socket of the splice engine. Its loop, first the front and then a lane, owns it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceConnection(int socket, IPEndPoint remote) : RelayConnection(remote)
{
    internal int Socket => socket;

    /// <summary>Its place in the loop that watches it; -1 when none does.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>Until the gate let it in; null from then on.</summary>
    internal Handshake? Exchange { get; set; }

    /// <summary>The pair that it is one side of.</summary>
    internal SplicePair? Pair { get; set; }

    internal void SayClosed() => HasClosed = true;

    internal void Close() => LinuxCalls.Close(Socket);

    /// <summary>Closes so that what went over the connection can't be taken for whole.</summary>
    internal void Reset() => LinuxCalls.Reset(Socket);

    internal sealed class Handshake
    {
        internal ServerHandshake Machine { get; } = new();

        internal required LinkedListNode<SpliceConnection> Place { get; init; }

        internal required long Since { get; init; }

        /// <summary>Not before the first byte: a silent connection costs none.</summary>
        internal byte[] Buffer { get; set; } = [];

        internal int Have { get; set; }
    }
}
