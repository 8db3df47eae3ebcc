using System.Net;
using System.Net.NetworkInformation;

namespace Ferry.Net.Dialing;

/// <summary>The machine's own network, as the system reports it.</summary>
public sealed class NetworkWatch : INetworkWatch
{
    private readonly Lock _gate = new();
    private Action? _changed;

    private NetworkWatch()
    {
    }

    /// <summary>The one there is.</summary>
    public static NetworkWatch System { get; } = new();

    /// <inheritdoc/>
    public event Action? Changed
    {
        add
        {
            lock (_gate)
            {
                if (_changed is null) Listen();
                _changed += value;
            }
        }

        remove
        {
            lock (_gate)
            {
                var left = _changed - value;
                if (_changed is not null && left is null) NetworkChange.NetworkAddressChanged -= Tell;
                _changed = left;
            }
        }
    }

    /// <inheritdoc/>
    public bool Has(IPAddress address)
    {
        if (IPAddress.IsLoopback(address)) return true; // all of 127.0.0.0/8, of which one is listed
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces().SelectMany(one => one.GetIPProperties().UnicastAddresses).Any(own => IsSame(own.Address, address));
        }
        catch (NetworkInformationException)
        {
            return true;
        }
    }

    private void Listen()
    {
        try
        {
            NetworkChange.NetworkAddressChanged += Tell;
        }
        catch (NetworkInformationException)
        {
            // Where the system does not tell, silence does.
        }
    }

    private static bool IsSame(IPAddress one, IPAddress other) => Plain(one).Equals(Plain(other));

    // Without the scope, which one list names and the other may not.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());

    private void Tell(object? sender, EventArgs e) => _changed?.Invoke();
}
