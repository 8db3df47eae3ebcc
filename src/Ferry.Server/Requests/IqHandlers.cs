using Ferry.Protocol.Stanzas;

namespace Ferry.Server.Requests;

/// <summary>The features of one kind of address, by payload namespace.</summary>
internal sealed class IqHandlers
{
    private readonly Dictionary<string, IIqHandler> _handlers = new(StringComparer.Ordinal);

    public IEnumerable<string> Features => _handlers.Values.SelectMany(handler => handler.Features).Distinct(StringComparer.Ordinal);

    /// <summary>Registers a feature; before the server listens.</summary>
    public void Add(IIqHandler handler) => _handlers.Add(handler.Namespace, handler);

    /// <summary>Registers a feature in the place of the one that there is.</summary>
    public void Replace(IIqHandler handler) => _handlers[handler.Namespace] = handler;

    /// <summary>The answer; <c>service-unavailable</c> where nobody has that feature (RFC 6120 section 8.4).</summary>
    public ValueTask<Iq> AnswerAsync(IqRequest request, CancellationToken cancellationToken) =>
        _handlers.TryGetValue(request.Payload.Namespace, out var handler)
            ? handler.HandleAsync(request, cancellationToken)
            : new(request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable));
}
