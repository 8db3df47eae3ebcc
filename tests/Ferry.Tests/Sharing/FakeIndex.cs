using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Requests;
using Ferry.Server.Services;

namespace Ferry.Tests.Sharing;

/// <summary>An index that keeps what it is told, in order, and does nothing else; where a test says so it says no.</summary>
internal sealed class FakeIndex : IIqHandler
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, IndexedFile>> _shares = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _series = new(StringComparer.Ordinal);

    public FakeIndex() => Entity = Attachable();

    /// <summary>The service; one for each server that it is attached to.</summary>
    public ServiceEntity Entity { get; private set; }

    /// <summary>A new one.</summary>
    public ServiceEntity Attachable()
    {
        Entity = new ServiceEntity(Jid.Parse("files.localhost"), new DiscoIdentity("store", "file", "index"), new ServiceOptions());
        Entity.Add(this);
        return Entity;
    }

    public string Namespace => Namespaces.FileIndex;

    public IReadOnlyList<string> Features => [Namespaces.FileIndex];

    /// <summary>Everything that came, by its kind: <c>access</c>, <c>publish</c>, <c>withdraw</c>.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>What it was told of who may find a share.</summary>
    public ConcurrentDictionary<string, IndexAccess> Access { get; } = new(StringComparer.Ordinal);

    /// <summary>Asked for each publish; an error is the answer.</summary>
    public Func<IndexPublish, StanzaError?> Judge { get; set; } = _ => null;

    /// <summary>Visibilities that parts named.</summary>
    public ConcurrentQueue<Visibility?> Visibilities { get; } = new();

    /// <summary>The paths of a share.</summary>
    public string[] Paths(string share)
    {
        lock (_lock) return _shares.TryGetValue(share, out var files) ? [.. files.Keys.Order(StringComparer.Ordinal)] : [];
    }

    public IndexedFile? Find(string share, string path)
    {
        lock (_lock) return _shares.GetValueOrDefault(share)?.GetValueOrDefault(path);
    }

    /// <summary>Forgets everything, as after a loss of its store.</summary>
    public void Forget()
    {
        lock (_lock) _shares.Clear();
    }

    public Task<IqReply> AskAsync(Jid owner, Protocol.Xml.Element payload) => Entity.AskAsync(IqType.Set, owner, payload, TimeSpan.FromSeconds(10), CancellationToken.None);

    public ValueTask<Iq> HandleAsync(IqRequest request, CancellationToken cancellationToken)
    {
        Heard.Enqueue(request.Payload.Name);
        lock (_lock) return new(Answer(request.Iq));
    }

    private Iq Answer(Iq iq)
    {
        if (IndexAccess.TryParse(iq.Payload!, out var access, out _)) Access[access.Share!] = access;
        else if (IndexWithdraw.TryParse(iq.Payload!, out var withdraw, out _)) _shares.Remove(withdraw.Share!);
        else if (!IndexPublish.TryParse(iq.Payload!, out var part, out var error)) return iq.Refuse(error);
        else if (Judge(part) is { } no) return iq.Refuse(no);
        else return iq.Result(Take(part).ToElement());
        return iq.Result();
    }

    private IndexPublished Take(IndexPublish part)
    {
        Visibilities.Enqueue(part.Visibility);
        if (!_shares.TryGetValue(part.Share, out var files)) _shares[part.Share] = files = new Dictionary<string, IndexedFile>(StringComparer.Ordinal);
        foreach (var file in part.Added) files[file.Path] = file;
        foreach (var path in part.Removed) files.Remove(path);
        if (part.Mode == PublishMode.Full)
        {
            if (part.Generation == part.Series) _series[part.Share] = new HashSet<string>(StringComparer.Ordinal);
            _series[part.Share].UnionWith(part.Added.Select(file => file.Path));
            if (part.Commits)
            {
                foreach (var path in files.Keys.Except(_series[part.Share]).ToList()) files.Remove(path);
            }
        }

        return new IndexPublished(part.Share, part.Generation, files.Count);
    }
}
