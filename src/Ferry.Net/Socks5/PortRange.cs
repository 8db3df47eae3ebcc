namespace Ferry.Net.Socks5;

/// <summary>Ports to try in order, both ends included. 0–0 lets the system choose.</summary>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>Any free port.</summary>
    public static PortRange Any => new(0, 0);
}
