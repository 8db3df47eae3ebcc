using Ferry.Protocol.Addressing;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Index;

/// <summary>What one account may see at one moment: shares, and files with rules of their own.</summary>
internal sealed class Scope
{
    private readonly Dictionary<long, ScopeShare> _shares;

    public Scope(IEnumerable<ScopeShare> shares)
    {
        _shares = shares.ToDictionary(share => share.Id);
        Ids = [.. _shares.Keys.Order()];
    }

    /// <summary>Shares of which at least something may be seen, in ascending order.</summary>
    public long[] Ids { get; }

    public IEnumerable<ScopeShare> Shares => _shares.Values;

    public ScopeShare? Of(long entry) => _shares.GetValueOrDefault(entry >> 32);

    /// <summary>Whether a file may be seen, given its own rule.</summary>
    public static bool Shows(ScopeShare share, long entry, long? visibility) =>
        visibility is null ? share.IsShown : share.IsOwn || visibility == 1 || share.Entries.Contains(entry);
}

/// <summary>A share in somebody's scope.</summary>
/// <param name="IsOwn">The asker's own.</param>
/// <param name="IsShown">Files without a rule of their own are seen.</param>
/// <param name="HasRules">Some files have a rule of their own.</param>
/// <param name="Session">A full address of the owner that is there, or null.</param>
/// <param name="Entries">Files that were granted one by one.</param>
internal sealed record ScopeShare(long Id, Jid Owner, string Name, bool IsOwn, bool IsShown, bool HasRules, Jid? Session, IReadOnlySet<long> Entries)
{
    /// <summary>Where the owner is reached: the full address while there is one.</summary>
    public Jid Address => Session ?? Owner;
}
