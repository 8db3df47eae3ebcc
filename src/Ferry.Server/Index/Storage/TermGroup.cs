namespace Ferry.Server.Index.Storage;

/// <summary>Terms of which an entry must have one.</summary>
/// <param name="Terms">None: nothing fits.</param>
/// <param name="IsPrefix">They are beginnings of words.</param>
internal sealed record TermGroup(IReadOnlyList<string> Terms, bool IsPrefix);
