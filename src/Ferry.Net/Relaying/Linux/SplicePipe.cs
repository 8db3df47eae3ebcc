using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>A pipe between two sockets: pages go through it without being copied.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SplicePipe(int read, int write)
{
    internal int Read => read;

    internal int Write => write;

    internal void Close()
    {
        LinuxCalls.Close(read);
        LinuxCalls.Close(write);
    }
}
