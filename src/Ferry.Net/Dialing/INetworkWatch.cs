using System.Net;

namespace Ferry.Net.Dialing;

/// <summary>Which addresses this machine has, and when that changes.</summary>
public interface INetworkWatch
{
    /// <summary>Something changed: on any thread, often several times for one change. Handlers return at once.</summary>
    event Action? Changed;

    /// <summary>Whether this is an address of the machine; true also where that cannot be found out.</summary>
    bool Has(IPAddress address);
}
