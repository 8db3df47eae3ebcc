using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>
/// The pipes of one lane. A direction has one only while bytes are in it, so that idle pairs cost none. When there is no more to be had, directions
/// copy instead: slow readers that sit on all pipes keep nobody waiting.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class PipePool(int most)
{
    /// <summary>What the kernel lets anybody have; on a socket's pages it holds more than it says.</summary>
    internal const int Size = 1 << 20;

    private readonly Stack<SplicePipe> _idle = new();

    /// <summary>Pipes there are, in use or not.</summary>
    internal int Count { get; private set; }

    internal SplicePipe? TryTake()
    {
        if (_idle.TryPop(out SplicePipe? pipe))
        {
            return pipe;
        }

        if (Count >= most || !LinuxCalls.CreatePipe(Size, out int read, out int write))
        {
            return null;
        }

        Count++;
        return new SplicePipe(read, write);
    }

    /// <summary>Takes an empty pipe back.</summary>
    internal void Return(SplicePipe pipe) => _idle.Push(pipe);

    /// <summary>Closes a pipe with bytes in it.</summary>
    internal void Discard(SplicePipe pipe)
    {
        pipe.Close();
        Count--;
    }

    internal void Close()
    {
        while (_idle.TryPop(out SplicePipe? pipe))
        {
            Discard(pipe);
        }
    }
}
