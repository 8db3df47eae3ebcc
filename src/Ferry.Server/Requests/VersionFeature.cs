using System.Reflection;
using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Requests;

/// <summary>Name and version of the program (XEP-0092); the operating system is nobody's business.</summary>
internal sealed class VersionFeature : IIqHandler
{
    private static readonly string Number =
        typeof(VersionFeature).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public string Namespace => Namespaces.Version;

    public IReadOnlyList<string> Features => [Namespaces.Version];

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken) => new(
        request.Iq.Type == IqType.Get
            ? request.Iq.Result(new Element(
                Namespaces.Version, "query", new Element(Namespaces.Version, "name", "Ferry"), new Element(Namespaces.Version, "version", Number)))
            : request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.NotAllowed));
}
