using Ferry.Files;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Resuming;
using Ferry.Transfers;

namespace Ferry.Requests;

/// <summary>Where a file that is asked for shall lie, and the part of it that an earlier attempt left there, by whichever way that one asked.</summary>
/// <param name="wanted">What is asked for.</param>
/// <param name="peer">Who is asked.</param>
/// <param name="journals">The folder of the journal; null: nothing is gone on with.</param>
internal sealed class WantedPlace(WantedFile wanted, Jid peer, string? journals)
{
    /// <summary>What is known of the part that lies there; null: none that can be gone on with.</summary>
    public JournalEntry? Kept { get; private set; }

    /// <summary>Bytes to leave out. Of a file that is all there the last byte is asked for again, since a part has at least one.</summary>
    public long KeptBytes => Kept is null ? 0 : Math.Min(Kept.Bytes, Kept.Size - 1);

    // What is asked for by its hash is the same whatever it is called and whenever it was changed.
    private string Asked => wanted.Path ?? wanted.Hash!.ToString();

    /// <summary>Why there is no need to ask, or null.</summary>
    public Failure? Taken => wanted.Options.Existing == ExistingFile.Refuse && wanted.Name is { } name && Path.Exists(Path.Combine(wanted.Directory, name))
        ? new Failure(FailureReason.Exists, Phase.Finding, Side.Here, $"{Path.Combine(wanted.Directory, name)} is there already", HintFor(FailureReason.Exists))
        : null;

    /// <summary>What a person may do about a file that cannot be opened here.</summary>
    public static string? HintFor(FailureReason reason) => reason == FailureReason.Exists ? "take another name (--rename) or replace it (--overwrite)" : null;

    /// <summary>Looks for a part. It is not locked: what is true when the answer is here is looked at again then.</summary>
    public void Look()
    {
        Kept = null;
        if (journals is null) return;
        var journal = new Journal(journals);
        var entry = wanted.Name is { } name ? journal.Read(PartialPathOf(name)) : journal.Find(known => IsOurs(known) && Path.GetDirectoryName(known.Partial) == Path.GetFullPath(wanted.Directory));
        if (entry is not null && IsOurs(entry) && new FileInfo(entry.Partial) is { Exists: true } part && part.Length >= entry.Bytes) Kept = entry;
    }

    /// <summary>The part is not gone on with: the next attempt takes the file from its start.</summary>
    public void Forget() => Kept = null;

    /// <summary>The peer has another file now: takes the part out of the way.</summary>
    public void SetAside()
    {
        if (Kept is { } kept) PartialFile.SetAside(kept.Partial);
    }

    /// <summary>What the file is called here; <paramref name="theirs"/> is the peer's name for it, unchecked.</summary>
    public string NameFor(string? theirs)
    {
        if (wanted.Name is { } name) return name;
        return Kept is { } kept ? Path.GetFileName(kept.Partial)[1..^FileNames.PartialSuffix.Length] : FileNames.Sanitise(theirs ?? FileNames.Fallback);
    }

    /// <summary>Opens the partial file, behind what is there where <paramref name="goesOn"/> and it still is that part.</summary>
    /// <param name="claim">What the peer says of the file.</param>
    /// <param name="hash">The hash that it tells, or null.</param>
    /// <param name="goesOn">The peer sends what is behind the part.</param>
    public FileResult<IncomingFile> Open(FileClaim claim, FileHash? hash, bool goesOn)
    {
        var journal = journals is not null && claim.Length is { } size
            ? new JournalTerms(journals, IdentityOf(size, claim.Modified, hash), RangesOffered: true, Anew: !goesOn)
            : null;
        return IncomingFile.Into(wanted.Directory, claim, wanted.Options.Existing, journal);
    }

    private FileIdentity IdentityOf(long size, DateTimeOffset? modified, FileHash? hash) => wanted.Hash is { } asked
        ? new FileIdentity(peer.Bare, Asked, size, asked.ToString(), null)
        : new FileIdentity(peer.Bare, Asked, size, modified is null ? hash?.ToString() : null, modified);

    private bool IsOurs(JournalEntry entry) =>
        entry.Sender == peer.Bare.ToString() && entry.Name == Asked && entry is { IgnoresRanges: false, Bytes: > 0, Size: > 1 } && (entry.Modified is not null || entry.Md5 is not null);

    private string PartialPathOf(string name) => Path.GetFullPath(Path.Combine(wanted.Directory, FileNames.Partial(name)));
}
