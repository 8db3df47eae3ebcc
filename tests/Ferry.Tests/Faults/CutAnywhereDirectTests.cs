namespace Ferry.Tests.Faults;

/// <summary>SOCKS5, direct: only the negotiation is in the stream that breaks.</summary>
public sealed class CutAnywhereDirectTests() : CutAnywhere("s5b-direct");
