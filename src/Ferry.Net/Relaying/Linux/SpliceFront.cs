using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Ferry.Protocol.Socks5;

namespace Ferry.Net.Relaying.Linux;

/// <summary>The loop that accepts, leads SOCKS5 exchanges and holds connections until they are joined.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceFront(ImmutableArray<Socket> listeners, RelayEngineOptions options, IRelayGate gate) : PollLoop("relay front", options.TimeProvider)
{
    private const int AcceptsAtOnce = 64;
    private const int FirstBuffer = 64;

    private readonly Dictionary<Socket, int> _listening = [];
    private readonly LinkedList<SpliceConnection> _handshakes = [];
    private readonly HashSet<SpliceConnection> _held = [];
    private volatile int _handshakeCount;
    private bool _closed;
    private bool _paused;

    internal int Handshakes => _handshakeCount;

    internal void Listen() => Post(() =>
    {
        foreach (Socket listener in listeners)
        {
            _listening[listener] = Register((int)listener.Handle, listener, LinuxCalls.Readable);
        }
    });

    internal void StopListening() => Post(CloseListeners);

    /// <summary>Lets go of a held connection and hands it to <paramref name="next"/>, on this loop; null when it is gone.</summary>
    internal void Release(SpliceConnection connection, Action<SpliceConnection?> next) => Post(() =>
    {
        bool held = _held.Remove(connection);
        if (held)
        {
            Forget(connection.Socket, connection.Slot);
            connection.Slot = -1;
        }

        next(held ? connection : null);
    });

    /// <inheritdoc/>
    private protected override void Ready(object owner, uint events)
    {
        switch (owner)
        {
            case Socket listener:
                Accept((int)listener.Handle);
                break;
            case SpliceConnection { Exchange: not null } talking:
                Talk(talking);
                break;
            case SpliceConnection held:
                LookAfter(held, events);
                break;
        }
    }

    /// <inheritdoc/>
    private protected override void Tick()
    {
        if (_paused)
        {
            _paused = false;
            Heed(LinuxCalls.Readable);
        }

        long now = options.TimeProvider.GetTimestamp();
        while (_handshakes.First?.Value is { } oldest
            && options.TimeProvider.GetElapsedTime(oldest.Exchange!.Since, now) >= options.HandshakeTime)
        {
            Refuse(oldest);
        }
    }

    /// <inheritdoc/>
    private protected override int Continue() => -1;

    /// <inheritdoc/>
    private protected override void Finish()
    {
        _closed = true;
        CloseListeners();
        while (_handshakes.First?.Value is { } connection)
        {
            Refuse(connection);
        }

        foreach (SpliceConnection connection in _held)
        {
            connection.Close();
        }

        _held.Clear();
    }

    private void CloseListeners()
    {
        foreach ((Socket listener, int slot) in _listening)
        {
            Forget((int)listener.Handle, slot);
        }

        _listening.Clear();
        foreach (Socket listener in listeners)
        {
            listener.Dispose();
        }
    }

    private void Accept(int listener)
    {
        Span<byte> address = stackalloc byte[128];
        for (int i = 0; i < AcceptsAtOnce && !_closed; i++)
        {
            int socket = LinuxCalls.Accept(listener, address);
            if (socket < 0)
            {
                if (LinuxCalls.Error is LinuxCalls.ErrorProcessDescriptors or LinuxCalls.ErrorSystemDescriptors && MakeRoom())
                {
                    continue;
                }

                return;
            }

            Begin(socket, SocketNames.Read(address));
        }
    }

    /// <summary>Without descriptors the oldest silent connection gives way; where there is none, nobody is accepted until the next tick.</summary>
    private bool MakeRoom()
    {
        if (_handshakes.First?.Value is { } oldest)
        {
            Refuse(oldest);
            return true;
        }

        Heed(0);
        _paused = true;
        return false;
    }

    private void Heed(uint events)
    {
        foreach ((Socket listener, int slot) in _listening)
        {
            Watch((int)listener.Handle, slot, events);
        }
    }

    private void Begin(int socket, IPEndPoint remote)
    {
        LinuxCalls.SendAtOnce(socket);
        var connection = new SpliceConnection(socket, remote);
        LinkedListNode<SpliceConnection> place = _handshakes.AddLast(connection);
        connection.Exchange = new SpliceConnection.Handshake { Place = place, Since = options.TimeProvider.GetTimestamp() };
        connection.Slot = Register(socket, connection, LinuxCalls.Readable | LinuxCalls.PeerFinished);
        if (_handshakes.Count > options.MaxHandshakes)
        {
            Refuse(_handshakes.First!.Value);
        }

        _handshakeCount = _handshakes.Count;
    }

    private void Talk(SpliceConnection connection)
    {
        SpliceConnection.Handshake exchange = connection.Exchange!;
        while (true)
        {
            ServerHandshakeStep step = exchange.Machine.Take(exchange.Buffer.AsSpan(0, exchange.Have));
            if (step.Needed > 0)
            {
                if (!Read(connection, exchange, step.Needed))
                {
                    return;
                }

                continue;
            }

            exchange.Have = 0;
            if (step.Destination is { } destination)
            {
                Ask(connection, step, destination);
                return;
            }

            // A few bytes into an empty buffer: they fit, or the client is gone.
            _ = LinuxCalls.Send(connection.Socket, step.Reply.Span);
            if (step.Ends)
            {
                Refuse(connection);
                return;
            }
        }
    }

    /// <summary>Reads on to so many bytes and not one more. False: not yet, or the client is gone.</summary>
    private bool Read(SpliceConnection connection, SpliceConnection.Handshake exchange, int needed)
    {
        if (exchange.Buffer.Length < needed)
        {
            byte[] grown = new byte[Math.Max(FirstBuffer, needed)];
            exchange.Buffer.AsSpan(0, exchange.Have).CopyTo(grown);
            exchange.Buffer = grown;
        }

        nint got = LinuxCalls.Receive(connection.Socket, exchange.Buffer.AsSpan(exchange.Have, needed - exchange.Have));
        if (got > 0)
        {
            exchange.Have += (int)got;
            return true;
        }

        if (got == 0 || LinuxCalls.Error is not (LinuxCalls.ErrorAgain or LinuxCalls.ErrorInterrupted))
        {
            Refuse(connection);
        }

        return false;
    }

    private void Ask(SpliceConnection connection, ServerHandshakeStep step, DestinationAddress destination)
    {
        EndExchange(connection);
        // Held before the gate knows of it: what the gate posts at once finds it here, behind the reply.
        _held.Add(connection);
        Socks5ReplyCode code = gate.Arrived(connection, destination);
        _ = LinuxCalls.Send(connection.Socket, step.Answer(code));
        if (code == Socks5ReplyCode.Succeeded)
        {
            // Not for bytes: those wait in the socket until somebody is there to read them.
            Watch(connection.Socket, connection.Slot, LinuxCalls.PeerFinished | LinuxCalls.EdgeTriggered);
            return;
        }

        _held.Remove(connection);
        Close(connection);
    }

    private void LookAfter(SpliceConnection connection, uint events)
    {
        if ((events & LinuxCalls.Failed) == 0)
        {
            // Some clients write and close before the pair is activated: what they sent is still to be delivered.
            Span<byte> one = stackalloc byte[1];
            if (LinuxCalls.Receive(connection.Socket, one, LinuxCalls.ReceivePeek) == 0)
            {
                connection.SayClosed();
            }

            return;
        }

        _held.Remove(connection);
        Close(connection);
        gate.Left(connection);
    }

    private void EndExchange(SpliceConnection connection)
    {
        _handshakes.Remove(connection.Exchange!.Place);
        connection.Exchange = null;
        _handshakeCount = _handshakes.Count;
    }

    private void Refuse(SpliceConnection connection)
    {
        EndExchange(connection);
        Close(connection);
    }

    private void Close(SpliceConnection connection)
    {
        Forget(connection.Socket, connection.Slot);
        connection.Close();
    }
}
