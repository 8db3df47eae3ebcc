using System.Net;
using Ferry.Net.Dialing;

namespace Ferry.Tests.Faults;

/// <summary>A machine that loses every address when the test says so.</summary>
internal sealed class LosableNetwork : INetworkWatch
{
    private volatile bool _lost;

    public event Action? Changed;

    public bool Has(IPAddress address) => !_lost;

    public void Lose()
    {
        _lost = true;
        Changed?.Invoke();
    }
}
