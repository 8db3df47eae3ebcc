using System.Net;
using System.Net.Sockets;
using Ferry.Daemon.Admin;
using Ferry.Daemon.Configuration;
using Ferry.Daemon.Systemd;
using Ferry.Net.Components;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Ferry.Server.Index;
using Ferry.Server.Services;
using Ferry.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Running;

/// <summary>
/// ferryd while it runs. Order of the start: parts, embedded server or component, admin pages, then <c>READY=1</c>; a component's server may come later, or go, without
/// harm. Order of the stop: <c>STOPPING=1</c> and not ready, running transfers end, then everything from the front to the back.
/// </summary>
internal sealed class DaemonProcess : IAsyncDisposable
{
    private readonly DaemonConfiguration _configuration;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly NotifySocket _notify;
    private readonly Composition _composition;
    private readonly MetricCollector _metrics = new();
    private readonly CancellationTokenSource _ended = new();
    private LocalServer? _server;
    private readonly List<(Jid Domain, ComponentAttachment Attachment)> _attachments = [];
    private AdminServer? _admin;
    private Task _telling = Task.CompletedTask;
    private volatile bool _stopping;

    private DaemonProcess(DaemonConfiguration configuration, Composition composition, ILoggerFactory loggers, NotifySocket notify, TimeProvider time)
    {
        (_configuration, _composition, _loggers, _notify, _time) = (configuration, composition, loggers, notify, time);
        _log = loggers.CreateLogger("ferryd");
    }

    /// <summary>Where the admin pages are.</summary>
    public IReadOnlyList<string> AdminAddresses => _admin?.Addresses ?? [];

    /// <summary>Starts everything, and owns <paramref name="composition"/>; when this returns, the admin pages answer and the embedded server, if any, takes clients.</summary>
    /// <exception cref="StartException">It cannot; the message says why.</exception>
    public static async Task<DaemonProcess> StartAsync(DaemonConfiguration configuration, Composition composition, ILoggerFactory loggers, NotifySocket notify, TimeProvider time)
    {
        var process = new DaemonProcess(configuration, composition, loggers, notify, time);
        try
        {
            await process.StartAsync();
            return process;
        }
        catch (Exception wrong)
        {
            await process.DisposeAsync();
            if (wrong is StoreException or SocketException or ArgumentException or System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new StartException(wrong.Message, wrong);
            }

            throw;
        }
    }

    /// <summary>Lets running transfers finish; cancelled, what still runs is ended. Then <see cref="DisposeAsync"/> stops the rest.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        List<IDrainable> parts = [.. _composition.Drainables];
        // What goes in-band goes through the server itself.
        if (_server is not null) parts.Add(_server);
        var running = parts.Sum(part => part.Running);
        _notify.Stopping(running == 0 ? "stopping" : $"stopping: {running} transfers are running");
        _log.LogInformation("stopping: {Running} transfers are running, they have {Seconds} s", running, _configuration.Grace.TotalSeconds);
        await Task.WhenAll(parts.Select(part => part.DrainAsync(cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _ended.CancelAsync();
        await _telling;
        foreach (var (_, attachment) in _attachments) await attachment.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        await _composition.DisposeAsync();
        if (_admin is not null) await _admin.DisposeAsync();
        _metrics.Dispose();
        _ended.Dispose();
    }

    private async Task StartAsync()
    {
        if (_configuration.Component is { } component) StartComponents(component);
        else await StartServerAsync(_configuration.Xmpp!);
        await StartAdminAsync();
        _notify.Ready(Status());
        if (_attachments.Count > 0 && _notify.IsThere) _telling = Task.WhenAll(_attachments.Select(one => TellAsync(one.Attachment)));
    }

    private async Task StartServerAsync(XmppConfiguration xmpp)
    {
        _server = await LocalServer.StartAsync(
            new LocalServerOptions
            {
                Domain = xmpp.Domain.ToString(),
                Listen = xmpp.Listen,
                CertificateFile = xmpp.CertificateFile,
                DataFolder = _configuration.DataFolder,
                Services = _composition.Services,
                Index = _configuration.Index is { } index ? Composition.OptionsOf(index, new IndexAudience([xmpp.Domain], Everybody: false)) : null,
                IndexDomain = _configuration.Index?.Domain.ToString(),
            },
            _loggers.CreateLogger<LocalServer>(),
            _time,
            CancellationToken.None);
        _log.LogInformation("certificate {Pin}", _server.Pin);
    }

    private void StartComponents(ComponentConfiguration component)
    {
        Start(_composition.Services[0], component.SecretFile);
        if (_composition.Index is { } index) Start(index.Entity, _configuration.Index!.SecretFile!);

        void Start(ServiceEntity service, string secretFile) => _attachments.Add((service.Address, ComponentAttachment.Start(
            service,
            new ComponentOptions
            {
                Host = component.Server.Host,
                Port = component.Server.Port,
                Domain = service.Address,
                Secret = cancellationToken => SecretFile.ReadAsync(secretFile, cancellationToken),
                TimeProvider = _time,
                Logger = _loggers.CreateLogger<ComponentConnection>(),
            })));
    }

    private async Task StartAdminAsync()
    {
        if (_configuration.Admin.Listen is { Count: 0 }) return;
        var pages = new AdminPages(_metrics, Checks());
        if (_configuration.Admin.Listen is { } given) _admin = await AdminServer.StartAsync(pages, given, _loggers, CancellationToken.None);
        else _admin = await TryAdminAsync(pages, [IPAddress.Loopback, IPAddress.IPv6Loopback]) ?? await TryAdminAsync(pages, [IPAddress.Loopback]);
        foreach (var address in _admin?.Addresses ?? []) _log.LogInformation("admin pages at {Address}", address);
    }

    // Nobody asked for this port, so nothing fails for it: neither a machine without IPv6 nor another program that has it.
    private async Task<AdminServer?> TryAdminAsync(AdminPages pages, IPAddress[] addresses)
    {
        try
        {
            List<IPEndPoint> listen = [.. addresses.Select(address => new IPEndPoint(address, AdminConfiguration.DefaultPort))];
            return await AdminServer.StartAsync(pages, listen, _loggers, CancellationToken.None);
        }
        catch (Exception taken) when (taken is IOException or SocketException)
        {
            _log.LogInformation("no admin pages at port {Port} of {Addresses}: {Reason}; {Key} names another", AdminConfiguration.DefaultPort, string.Join(" and ", addresses.AsEnumerable()), taken.Message, Keys.AdminListen.Path);
            return null;
        }
    }

    private List<Readiness> Checks()
    {
        var checks = new List<Readiness> { new("running", _ => new(_stopping ? "stopping" : null)) };
        if (_server is { } server)
        {
            checks.Add(new("listening", _ => new((string?)null)));
            checks.Add(new("store", server.CheckStoreAsync));
            if (_configuration.Index is not null) checks.Add(new("index", server.CheckIndexAsync));
        }

        for (var i = 0; i < _attachments.Count; i++)
        {
            var attachment = _attachments[i].Attachment;
            checks.Add(new(i == 0 ? "component" : "index-component", _ => new(Attachment(attachment.Status))));
        }

        if (_composition.Index is { } index) checks.Add(new("index", index.CheckAsync));
        return checks;
    }

    private static string? Attachment(ComponentStatus status) => status.IsAttached ? null : status.Failure?.ToString() ?? "attaching";

    private string Status() => _attachments.Count > 0
        ? string.Join("; ", _attachments.Select(one => $"component {one.Domain}: {Attachment(one.Attachment.Status) ?? "attached"}"))
        : $"embedded server for {_configuration.Xmpp!.Domain}";

    // What `systemctl status` shows follows the attachment.
    private async Task TellAsync(ComponentAttachment attachment)
    {
        var told = attachment.Status;
        try
        {
            while (true)
            {
                told = await attachment.WaitAsync(status => status != told, _ended.Token);
                if (!_stopping) _notify.Status(Status());
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
