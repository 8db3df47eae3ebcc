namespace Ferry.Tests.Faults;

/// <summary>In-band: what is sent is in the stream that breaks.</summary>
public sealed class CutAnywhereInBandTests() : CutAnywhere("ibb");
