namespace Ferry.Net.Dialing;

/// <summary>One address, or one lookup, that led nowhere.</summary>
/// <param name="Address">Address and port, or the name whose lookup failed.</param>
/// <param name="Reason">Why, in the system's words.</param>
public sealed record DialAttempt(string Address, string Reason);
