using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Tests.Services;

/// <summary>Answers <c>urn:echo</c> with what was asked: at once, when told to, or by throwing.</summary>
internal sealed class EchoFeature : IIqHandler
{
    private readonly TaskCompletionSource _later = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public const string Echo = "urn:echo";

    public string Namespace => Echo;

    public IReadOnlyList<string> Features => [Echo];

    public void LetGo() => _later.SetResult();

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (request.Payload.Name == "throw") throw new InvalidOperationException("a handler's own fault");
        if (request.Payload.Name == "later") await _later.Task.WaitAsync(cancellationToken);
        return request.Iq.Result(request.Payload);
    }
}
