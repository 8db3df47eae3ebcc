using Ferry.Protocol.Addressing;

namespace Ferry;

/// <summary>
/// An XMPP account that sends and receives files, by every method that Ferry and the peer have in common, the next one when one fails.
/// Thread-safe: any number of transfers may run side by side.
/// </summary>
public sealed class FerryClient : IAsyncDisposable
{
    private FerryClient(Jid jid) => Jid = jid;

    /// <summary>Our full address, as the server gave it.</summary>
    public Jid Jid { get; }

    /// <summary>Completes when the connection is gone for good (it is resumed by itself after a break), with the reason.</summary>
    public Task<FerryException?> Completion => throw new NotImplementedException();

    /// <summary>Connects, logs in and announces what we can do.</summary>
    /// <exception cref="FerryException">It did not succeed: <c>connect</c>, <c>tls</c>, <c>auth</c>, <c>timeout</c>, <c>usage</c>.</exception>
    public static Task<FerryClient> ConnectAsync(FerryOptions options, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Sends a file. A bare address finds the peer's resources. The end is always a value, a cancelled one included
    /// (<see cref="FailureReason.Cancelled"/>); only wrong arguments throw.
    /// </summary>
    public Task<Outcome> SendAsync(string path, Jid to, SendOptions? options = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sends what a stream holds, from its position to its end. <see cref="SendOptions.Name"/> is needed.</summary>
    public Task<Outcome> SendAsync(Stream content, Jid to, SendOptions options, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// The resources of a bare address that can take a file, found as design rules: directed presence, three seconds, roster presence.
    /// </summary>
    public Task<IReadOnlyList<Jid>> FindResourcesAsync(Jid peer, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// The offers of peers that <see cref="FerryOptions.AcceptFrom"/> allows, as they come. One reader at a time. Ends when the connection is gone.
    /// </summary>
    public IAsyncEnumerable<IncomingOffer> IncomingOffersAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The account's contacts.</summary>
    public Task<IReadOnlyList<Contact>> GetContactsAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Adds a contact, asks to see its presence and lets it see ours.</summary>
    public Task AddContactAsync(Jid contact, string? name = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Removes a contact and ends both subscriptions.</summary>
    public Task RemoveContactAsync(Jid contact, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Ends every transfer as cancelled, says good-bye and closes the connection.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
