using Ferry.Protocol.Stanzas;

namespace Ferry.Server.Requests;

/// <summary>Answers iq requests whose payload is in one namespace: one feature of the server, of an account or of a service.</summary>
public interface IIqHandler
{
    /// <summary>The payload's namespace.</summary>
    string Namespace { get; }

    /// <summary>The features that disco#info lists for it.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>The one answer: a result or an error.</summary>
    ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken);
}
