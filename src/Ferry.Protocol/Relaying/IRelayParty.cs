namespace Ferry.Protocol.Relaying;

/// <summary>One end of a stream at a relay: a SOCKS5 connection, or somebody behind HTTP.</summary>
public interface IRelayParty
{
    /// <summary>Another one may have its place: it has closed, and may or may not have given up.</summary>
    bool MayGiveWay { get; }
}
