namespace Ferry.Protocol.StreamInitiation;

/// <summary>A stream method as the negotiation sees it: nothing but a name.</summary>
/// <param name="Name">The namespace that stands in the form.</param>
/// <param name="LastResort">
/// It may be opened after another method failed even where the answer did not name it, and an open of it overrides one under way: the
/// in-band bytestream.
/// </param>
public sealed record SiMethod(string Name, bool LastResort = false);
