using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Server.LocalXmpp;

namespace Ferry.Server.Services;

/// <summary>A service as a sub-domain of the embedded server.</summary>
internal sealed class LocalServiceDomain : ILocalDomain, IServiceLink
{
    private readonly ServiceEntity _service;
    private readonly Router _router;

    private LocalServiceDomain(ServiceEntity service, Router router) => (_service, _router) = (service, router);

    public string Domain => _service.Address.Domain;

    public string? Title => _service.Identity.Name ?? "";

    /// <summary>Attaches a service; before anybody is connected.</summary>
    public static void Attach(ServiceEntity service, Router router)
    {
        var domain = new LocalServiceDomain(service, router);
        service.Connect(domain);
        router.Register(domain);
        service.NoteAttached();
    }

    public ValueTask HandleAsync(Element stanza, Jid from, Jid to, CancellationToken cancellationToken) => _service.HandleAsync(stanza, from, to, cancellationToken);

    public void HandleBounce(Element error, Jid from) => _service.TakeAnswer(error, from);

    public async ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken)
    {
        await _router.SendAsync(stanza, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
