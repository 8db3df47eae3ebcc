using System.Net;

namespace Ferry.Server.LocalXmpp;

/// <summary>Remembers which addresses (IPv6: networks of 64 bits) failed to log in lately, and makes them wait for the next refusal. Bounded.</summary>
internal sealed class LoginThrottle(TimeSpan step, TimeProvider time)
{
    private const int MaxAddresses = 4096;
    private const int MaxSteps = 20;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    private readonly Dictionary<IPAddress, (int Failures, DateTimeOffset Last)> _failures = [];
    private readonly Lock _gate = new();

    /// <summary>A log-in from there failed: how long to wait before saying so.</summary>
    public TimeSpan Failed(IPAddress address)
    {
        var now = time.GetUtcNow();
        address = ConnectionCounter.Key(address);
        lock (_gate)
        {
            if (_failures.Count >= MaxAddresses && !_failures.ContainsKey(address)) Forget(now);
            var before = _failures.TryGetValue(address, out var known) && now - known.Last < Memory ? known.Failures : 0;
            _failures[address] = (before + 1, now);
            return step * Math.Min(before, MaxSteps);
        }
    }

    /// <summary>A log-in from there succeeded.</summary>
    public void Succeeded(IPAddress address)
    {
        lock (_gate) _failures.Remove(ConnectionCounter.Key(address));
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, known) in _failures)
        {
            if (now - known.Last >= Memory) _failures.Remove(address);
        }

        if (_failures.Count >= MaxAddresses) _failures.Remove(_failures.MinBy(entry => entry.Value.Last).Key);
    }
}
