namespace Ferry.Interop.Tests.Peers;

/// <summary>An account that a test made.</summary>
public sealed record Account(string Jid, string Password);
