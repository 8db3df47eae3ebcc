namespace Ferry.Protocol.Discovery;

/// <summary>What an entity says that it is (XEP-0030 section 3.1).</summary>
/// <param name="Category">For example <c>client</c> or <c>proxy</c>.</param>
/// <param name="Type">For example <c>pc</c> or <c>bytestreams</c>.</param>
/// <param name="Name">A name for people, or null. Untrusted.</param>
/// <param name="Language">The name's language (<c>xml:lang</c>), or null.</param>
public sealed record DiscoIdentity(string Category, string Type, string? Name = null, string? Language = null);
