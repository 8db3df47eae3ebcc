using System.Text.Json;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A logged-in client that others wrote, driven by a small program of ours on its library.</summary>
public interface IPeer : IAsyncDisposable
{
    /// <summary>The full JID it was given.</summary>
    string Jid { get; }

    /// <inheritdoc cref="JsonEvents.Next"/>
    Task<JsonElement> Next(params string[] types);

    /// <inheritdoc cref="JsonEvents.Describe"/>
    string Describe(string what);
}
