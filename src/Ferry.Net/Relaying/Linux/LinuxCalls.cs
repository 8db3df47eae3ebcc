using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>
/// The calls of Linux that .NET has no name for. All descriptors here are non-blocking; -1 means that <see cref="Error"/> says why. The numbers
/// are those of x86-64 and arm64.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxCalls
{
    internal const uint Readable = 0x1;
    internal const uint Writable = 0x4;
    internal const uint Failed = 0x8;
    internal const uint HungUp = 0x10;
    internal const uint PeerFinished = 0x2000;
    internal const uint EdgeTriggered = 0x8000_0000;

    internal const int ErrorInterrupted = 4;
    internal const int ErrorAgain = 11;
    internal const int ErrorSystemDescriptors = 23;
    internal const int ErrorProcessDescriptors = 24;
    internal const int ErrorPipe = 32;

    internal const int SendQuietly = 0x4000;
    internal const int ReceivePeek = 0x2;
    internal const int ReceiveAway = 0x20;
    private const int DontWait = 0x40;

    private const int CloseOnExec = 0x8_0000;
    private const int NonBlocking = 0x800;
    private const int SpliceMoveWithoutWaiting = 3;
    private const int SetPipeSize = 1031;
    private const int SocketLevel = 1;
    private const int LingerOption = 13;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int DuplicateCloseOnExec = 1030;
    private const int TcpInfoOption = 11;

    /// <summary>Of struct tcp_info: up to and with tcpi_bytes_acked.</summary>
    private const int TcpInfoLength = 128;
    private const int TcpInfoAcknowledged = 120;
    private const int TcpClosed = 7;
    private const nuint UnsentAndUnacknowledged = 0x5411;

    internal static int Error => Marshal.GetLastPInvokeError();

    internal static int CreatePoll() => epoll_create1(CloseOnExec);

    internal static int CreateWakeUp() => eventfd(0, CloseOnExec | NonBlocking);

    internal static unsafe bool CreatePipe(int size, out int read, out int write)
    {
        int* ends = stackalloc int[2];
        bool made = pipe2(ends, CloseOnExec | NonBlocking) == 0;
        (read, write) = made ? (ends[0], ends[1]) : (-1, -1);
        // A user's allowance for big pipes may be used up: the pipe then keeps the size it has.
        if (made)
        {
            _ = fcntl(write, SetPipeSize, size);
        }

        return made;
    }

    internal static unsafe int Accept(int listener, Span<byte> address)
    {
        uint length = (uint)address.Length;
        fixed (byte* start = address)
        {
            return accept4(listener, start, &length, CloseOnExec | NonBlocking);
        }
    }

    internal static nint Splice(int from, int to, nint length) => splice(from, 0, to, 0, length, SpliceMoveWithoutWaiting);

    internal static unsafe nint Receive(int socket, Span<byte> buffer, int flags = 0)
    {
        fixed (byte* start = buffer)
        {
            return recv(socket, start, buffer.Length, flags | DontWait);
        }
    }

    /// <summary>Throws away up to so many bytes that came in.</summary>
    internal static unsafe nint Discard(int socket, nint length) => recv(socket, null, length, ReceiveAway | DontWait);

    internal static unsafe nint Send(int socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return send(socket, start, bytes.Length, SendQuietly | DontWait);
        }
    }

    internal static void FinishSending(int socket) => _ = shutdown(socket, 1);

    internal static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Closes with a reset, so that what went over the connection can't be taken for whole.</summary>
    internal static unsafe void Reset(int socket)
    {
        int* linger = stackalloc int[2];
        (linger[0], linger[1]) = (1, 0);
        _ = setsockopt(socket, SocketLevel, LingerOption, linger, 2 * sizeof(int));
        Close(socket);
    }

    internal static unsafe void SendAtOnce(int socket)
    {
        int on = 1;
        _ = setsockopt(socket, TcpLevel, NoDelayOption, &on, sizeof(int));
    }

    /// <summary>Bytes that were written and that the peer's system has not acknowledged; a FIN counts as one.</summary>
    internal static unsafe int Unacknowledged(int socket)
    {
        int bytes = 0;
        return ioctl(socket, UnsentAndUnacknowledged, &bytes) == 0 ? bytes : 0;
    }

    /// <summary>Another descriptor for the same thing, the caller's to close; -1 where there is none to be had.</summary>
    internal static int Duplicate(int descriptor) => fcntl(descriptor, DuplicateCloseOnExec, 0);

    /// <summary>What the peer's system has acknowledged since the connection began, and whether that has ended. False: this system does not say (before Linux 4.1).</summary>
    internal static unsafe bool TryAcknowledged(int socket, out long bytes, out bool isOver)
    {
        byte* info = stackalloc byte[TcpInfoLength];
        int length = TcpInfoLength;
        bool known = getsockopt(socket, TcpLevel, TcpInfoOption, info, &length) == 0 && length == TcpInfoLength;
        (bytes, isOver) = known ? (*(long*)(info + TcpInfoAcknowledged), *info == TcpClosed) : (0, false);
        return known;
    }

    internal static unsafe void Wake(int wakeUp)
    {
        ulong one = 1;
        _ = write(wakeUp, &one, sizeof(ulong));
    }

    internal static unsafe void Settle(int wakeUp)
    {
        ulong count;
        _ = read(wakeUp, &count, sizeof(ulong));
    }

    internal static unsafe int Poll(int poll, byte* events, int count, int milliseconds) => epoll_wait(poll, events, count, milliseconds);

    internal static unsafe int Control(int poll, int operation, int descriptor, byte* change) => epoll_ctl(poll, operation, descriptor, change);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int epoll_ctl(int poll, int operation, int descriptor, byte* change);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int epoll_wait(int poll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int value);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int accept4(int listener, byte* address, uint* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint splice(int from, nint fromOffset, int to, nint toOffset, nint length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint recv(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int socket, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int setsockopt(int socket, int level, int option, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int getsockopt(int socket, int level, int option, void* value, int* length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ioctl(int descriptor, nuint request, int* value);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int descriptor, void* bytes, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint read(int descriptor, void* bytes, nint length);
}
