namespace Ferry.Protocol.HttpBridge;

/// <summary>Why a posted form cannot be used.</summary>
/// <param name="Status">The HTTP status to answer with: 400, or 415 for what is no multipart/form-data.</param>
/// <param name="Text">For a person, in English, without anything that the other side sent.</param>
public sealed record MultipartFault(int Status, string Text)
{
    internal static MultipartFault Bad(string text) => new(400, text);
}
