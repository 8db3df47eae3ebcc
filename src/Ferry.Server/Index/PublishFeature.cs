using Ferry.Protocol;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;

namespace Ferry.Server.Index;

/// <summary>What owners say: publish, access, withdraw. They speak for their own account alone.</summary>
internal sealed class PublishFeature(IndexService index) : IIqHandler
{
    public string Namespace => Namespaces.FileIndex;

    public IReadOnlyList<string> Features => [Namespaces.FileIndex];

    public async ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (!index.Allows(request.From)) return request.Iq.Refuse(IndexErrors.Stranger);
        if (request.Iq.Type != IqType.Set) return request.Iq.Refuse(IndexErrors.Bad("set"));
        StanzaError? error;
        switch (request.Payload.Name)
        {
            case "publish":
                if (!IndexPublish.TryParse(request.Payload, out var part, out error)) return request.Iq.Refuse(error);
                var result = await index.Store.PublishAsync(request.From, part, cancellationToken).ConfigureAwait(false);
                return result.Published is { } published ? request.Iq.Result(published.ToElement()) : request.Iq.Refuse(result.Error!);
            case "access":
                if (!IndexAccess.TryParse(request.Payload, out var access, out error)) return request.Iq.Refuse(error);
                return await index.Store.SetAccessAsync(request.From, access, cancellationToken).ConfigureAwait(false) is { } refusal ? request.Iq.Refuse(refusal) : request.Iq.Result();
            case "withdraw":
                if (!IndexWithdraw.TryParse(request.Payload, out var withdraw, out error)) return request.Iq.Refuse(error);
                await index.Store.WithdrawAsync(request.From, withdraw.Share, cancellationToken).ConfigureAwait(false);
                return request.Iq.Result();
            default:
                return request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.FeatureNotImplemented);
        }
    }
}
