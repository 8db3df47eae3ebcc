using Ferry.Net.Components;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Services;

/// <summary>A service as an external component of somebody else's server (XEP-0114): it attaches by itself, again and again, until it is disposed of.</summary>
public sealed class ComponentAttachment : IServiceLink, IAsyncDisposable
{
    private readonly ComponentConnection _connection;
    private readonly ServiceEntity _service;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;

    private ComponentAttachment(ServiceEntity service, ComponentOptions options)
    {
        _connection = new ComponentConnection(options, service.HandleAsync);
        _service = service;
        service.Connect(this);
        _connection.Start();
        _watching = WatchAsync();
    }

    /// <summary>Whether it is attached now, and if not, why.</summary>
    public ComponentStatus Status => _connection.Status;

    /// <summary>Begins to attach <paramref name="service"/>, whose address <paramref name="options"/> have as their domain.</summary>
    public static ComponentAttachment Start(ServiceEntity service, ComponentOptions options)
    {
        if (service.Address != options.Domain) throw new ArgumentException($"the service is {service.Address}, the component {options.Domain}", nameof(options));
        return new ComponentAttachment(service, options);
    }

    /// <inheritdoc cref="ComponentConnection.WaitAsync"/>
    public Task<ComponentStatus> WaitAsync(Func<ComponentStatus, bool> wanted, CancellationToken cancellationToken) => _connection.WaitAsync(wanted, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken) =>
        _connection.SendAsync(stanza, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested) return;
        await _ended.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task WatchAsync()
    {
        var told = 0L;
        try
        {
            while (true)
            {
                told = (await _connection.WaitAsync(status => status.IsAttached && status.Attachments != told, _ended.Token).ConfigureAwait(false)).Attachments;
                _service.NoteAttached();
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
