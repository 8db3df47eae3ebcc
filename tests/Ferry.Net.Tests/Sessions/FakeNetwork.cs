using System.Net;
using Ferry.Net.Dialing;

namespace Ferry.Net.Tests.Sessions;

/// <summary>A machine that loses an address when the test says so.</summary>
internal sealed class FakeNetwork : INetworkWatch
{
    public event Action? Changed;

    public IPAddress? Lost { get; set; }

    public bool Has(IPAddress address) => !address.Equals(Lost);

    public void Change() => Changed?.Invoke();
}
