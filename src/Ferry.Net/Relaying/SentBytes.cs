using System.Net.Sockets;
using Ferry.Net.Relaying.Linux;

namespace Ferry.Net.Relaying;

/// <summary>
/// How many of the bytes that are sent over a TCP connection from now on its other end has, by its system's acknowledgements (Linux alone says). It has a descriptor of its own, and
/// so the last word of a connection that others close meanwhile.
/// </summary>
public sealed class SentBytes : IDisposable
{
    private readonly SafeSocketHandle _connection;
    private readonly long _before;

    private SentBytes(SafeSocketHandle connection, long before) => (_connection, _before) = (connection, before);

    /// <summary>Acknowledged so far; what was on its way at the beginning isn't in it. An end counts as one.</summary>
    public long Acknowledged => OperatingSystem.IsLinux() && LinuxCalls.TryAcknowledged((int)_connection.DangerousGetHandle(), out long bytes, out _) ? bytes - _before : 0;

    /// <summary>The connection has ended: no more will be acknowledged.</summary>
    public bool IsOver => !OperatingSystem.IsLinux() || !LinuxCalls.TryAcknowledged((int)_connection.DangerousGetHandle(), out _, out bool isOver) || isOver;

    /// <summary>Begins to count. Null: nobody says here, or the socket is closed.</summary>
    public static SentBytes? Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        bool held = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref held);
            int own = LinuxCalls.Duplicate((int)socket.SafeHandle.DangerousGetHandle());
            if (own < 0)
            {
                return null;
            }

            var connection = new SafeSocketHandle(own, ownsHandle: true);
            if (LinuxCalls.TryAcknowledged(own, out long bytes, out _))
            {
                return new SentBytes(connection, bytes + LinuxCalls.Unacknowledged(own));
            }

            connection.Dispose();
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            if (held)
            {
                socket.SafeHandle.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
