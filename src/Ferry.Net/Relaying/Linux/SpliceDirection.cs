using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>One way of a pair.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceDirection(SplicePair pair, SpliceConnection source, SpliceConnection sink)
{
    internal SplicePair Pair => pair;

    internal SpliceConnection Source => source;

    internal SpliceConnection Sink => sink;

    /// <summary>Null unless bytes are in it.</summary>
    internal SplicePipe? Pipe { get; set; }

    /// <summary>Bytes in the pipe.</summary>
    internal nint Waiting { get; set; }

    /// <summary>The source said that it sends no more.</summary>
    internal bool SourceEnded { get; set; }

    /// <summary>The sink was told so, behind the last byte.</summary>
    internal bool Finished { get; set; }

    /// <summary>The sink is gone and needs nothing more: what comes is thrown away until the source has ended.</summary>
    internal bool Discards { get; set; }

    /// <summary>It stands in the lane's queue of those that go on without a new event.</summary>
    internal bool Queued { get; set; }

    /// <summary>What the sink had not acknowledged when that was last asked; 0 when bytes have moved since.</summary>
    internal int Unacknowledged { get; set; }
}
