using System.Net;

namespace Ferry.Net.Dialing;

/// <summary>Waits for the machine to lose the address of a connection's own end: nothing else tells the connection so.</summary>
public sealed class AddressLoss : IDisposable
{
    private readonly INetworkWatch? _network;
    private readonly IPAddress _address;
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="network">Null: it is never noticed.</param>
    /// <param name="address">The connection's own.</param>
    public AddressLoss(INetworkWatch? network, IPAddress address)
    {
        (_network, _address) = (network, address);
        if (_network is not null) _network.Changed += Look;
    }

    /// <summary>Completes when it is gone.</summary>
    public Task Lost => _lost.Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_network is not null) _network.Changed -= Look;
    }

    private void Look()
    {
        if (!_network!.Has(_address)) _lost.TrySetResult();
    }
}
