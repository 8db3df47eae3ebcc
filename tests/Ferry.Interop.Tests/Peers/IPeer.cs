using System.Text.Json;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A logged-in client that others wrote, driven by a small program of ours on its library.</summary>
public interface IPeer : IAsyncDisposable
{
    /// <summary>The full JID it was given.</summary>
    string Jid { get; }

    /// <summary>
    /// Takes what comes: <paramref name="offer"/> <c>si</c> or <c>none</c>; <paramref name="via"/> is the one method that it may choose, where it can be told;
    /// <paramref name="closeAfter"/> gives up after so many bytes; <paramref name="keep"/> keeps what came in then, and asks for the rest alone when the same file
    /// is offered again, where the peer's library can.
    /// </summary>
    Task Receive(string offer, string? via = null, bool decline = false, long? closeAfter = null, bool keep = false);

    /// <summary>
    /// Sends; the outcome is a <c>sent</c>, <c>cancelled</c> or <c>failed</c> event. <paramref name="parts"/> offers and serves parts of the file, where the peer's
    /// library can.
    /// </summary>
    Task Send(string to, string path, string offer, string via, long? closeAfter = null, bool parts = false);

    /// <inheritdoc cref="JsonEvents.Next"/>
    Task<JsonElement> Next(params string[] types);

    /// <inheritdoc cref="JsonEvents.Describe"/>
    string Describe(string what);
}
