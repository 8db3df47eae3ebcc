using System.Net;
using System.Net.Sockets;

namespace Ferry.Net.Socks5;

/// <summary>A connection whose peer knew the destination. Whoever takes it closes it.</summary>
/// <param name="Socket">Right behind the reply.</param>
/// <param name="Local">The address that the peer connected to, IPv4 never mapped into IPv6.</param>
/// <param name="Remote">Where it came from.</param>
/// <param name="Order">Counts the destination's connections from 0 in the order in which they finished the handshake.</param>
public sealed record Socks5Accepted(Socket Socket, IPEndPoint Local, IPEndPoint Remote, int Order);
