using System.Runtime.Versioning;

namespace Ferry.Net.Relaying.Linux;

/// <summary>Two joined connections on a lane.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SplicePair
{
    internal SplicePair(SpliceConnection first, SpliceConnection second, RelayFlow flow)
    {
        (First, Second, Flow) = (first, second, flow);
        Forward = new SpliceDirection(this, first, second);
        Backward = new SpliceDirection(this, second, first);
        first.Pair = this;
        second.Pair = this;
    }

    internal SpliceConnection First { get; }

    internal SpliceConnection Second { get; }

    internal RelayFlow Flow { get; }

    internal SpliceDirection Forward { get; }

    internal SpliceDirection Backward { get; }

    /// <summary>Timestamp of the last byte, either way.</summary>
    internal long LastMoved { get; set; }

    internal bool Ended { get; set; }

    internal SpliceDirection From(SpliceConnection connection) => ReferenceEquals(connection, First) ? Forward : Backward;

    internal SpliceDirection To(SpliceConnection connection) => ReferenceEquals(connection, First) ? Backward : Forward;

    internal RelayEnding Lost(SpliceConnection connection) => ReferenceEquals(connection, First) ? RelayEnding.FirstLost : RelayEnding.SecondLost;
}
