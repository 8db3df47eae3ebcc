namespace Ferry.Interop.Tests.Peers;

/// <summary>The embedded server with its relay, as <c>ferry up</c> starts it: one for all tests of a run.</summary>
public sealed class OurServer : IAsyncLifetime
{
    public EmbeddedServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await EmbeddedServer.Start(relay: true);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
