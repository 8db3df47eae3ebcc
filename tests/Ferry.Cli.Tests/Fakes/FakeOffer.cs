using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Cli.Tests.Fakes;

/// <summary>An offer that remembers what was answered.</summary>
internal sealed class FakeOffer(string name = "film.mkv", string peer = "alice@example.org/x", long? size = 3_000_000) : IncomingOffer
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Transfer { get; } = "t-" + name;

    public override Jid Peer { get; } = Jid.Parse(peer);

    public override string Name => name;

    public override long? Size => size;

    public override string? Description => Says;

    public override DateTimeOffset? Modified => null;

    public override string Offer => "si";

    public string? Says { get; init; }

    public override IReadOnlyList<FileThumbnail> Thumbnails => Pictures;

    public IReadOnlyList<FileThumbnail> Pictures { get; init; } = [];

    public CancellationToken WithdrawnBy { get; init; }

    public override CancellationToken Withdrawn => WithdrawnBy;

    public string? AcceptedInto { get; private set; }

    public ReceiveOptions? AcceptedWith { get; private set; }

    public bool Declined { get; private set; }

    /// <summary>Completes when the command said yes or no.</summary>
    public Task Answered => _answered.Task;

    public Func<FakeOffer, CancellationToken, Task<Outcome>> OnAccept { get; init; } =
        (offer, _) => Task.FromResult(Outcomes.Done(offer.Transfer, offer.Peer, offer.Name) with { Path = "/in/" + offer.Name });

    public override Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        (AcceptedInto, AcceptedWith) = (directory, options);
        _answered.TrySetResult();
        return OnAccept(this, cancellationToken);
    }

    public override Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public override Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default)
    {
        Declined = true;
        _answered.TrySetResult();
        return Task.FromResult(Outcomes.Failed(Transfer, Peer, Name, FailureReason.Refused));
    }
}
