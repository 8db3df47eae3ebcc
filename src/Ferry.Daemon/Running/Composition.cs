using Ferry.Daemon.Configuration;
using Ferry.Protocol.Discovery;
using Ferry.Server.Hosting;
using Ferry.Server.Services;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Running;

/// <summary>
/// What this ferryd consists of besides the embedded server or the component's stream: its services and whatever has transfers running. <b>A new part is put together here</b>, and its keys
/// are switched on in <see cref="Part"/>.
/// </summary>
/// <param name="Services">As a component exactly one; embedded any number, each a sub-domain.</param>
/// <param name="Drainables">What is waited for when ferryd is told to stop.</param>
internal sealed record Composition(IReadOnlyList<ServiceEntity> Services, IReadOnlyList<IDrainable> Drainables) : IAsyncDisposable
{
    public static Composition Create(DaemonConfiguration configuration, ILoggerFactory loggers, TimeProvider time)
    {
        var options = new ServiceOptions { TimeProvider = time, Logger = loggers.CreateLogger<ServiceEntity>() };
        // A component without anything built in still answers who it is.
        List<ServiceEntity> services = configuration.Component is { } component
            ? [new ServiceEntity(component.Domain, new DiscoIdentity("component", "generic", "Ferry"), options)]
            : [];
        return new Composition(services, []);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services) await service.DisposeAsync();
    }
}
