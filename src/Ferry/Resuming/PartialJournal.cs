using Ferry.Files;
using Ferry.Net.Pumps;

namespace Ferry.Resuming;

/// <summary>The journal's page for one partial file that is being received: what an earlier attempt left, and how far this one has come.</summary>
internal sealed class PartialJournal
{
    private readonly Journal _journal;
    private readonly bool _rangesOffered;
    private JournalEntry _entry;
    private bool _written;

    private PartialJournal(Journal journal, JournalEntry entry, bool sure, bool rangesOffered, bool written)
    {
        (_journal, _entry, _rangesOffered, _written) = (journal, entry, rangesOffered && sure, written);
    }

    /// <summary>What the kept part's beginning hashes to, where this attempt goes on from one.</summary>
    public HashMark? Mark { get; private set; }

    /// <summary>Whether a later attempt can go on from what is noted now.</summary>
    public bool CanResume => _written && _rangesOffered && _entry is { IgnoresRanges: false, Bytes: > 0 };

    /// <summary>
    /// Opens the page of a partial file of that length, which the caller has locked, and says how much of it stays; nothing unless it is the
    /// same file, its sender serves ranges, and the file is as long as the journal knows it to be.
    /// </summary>
    public static (PartialJournal Page, KeptPart Kept) Open(JournalTerms terms, string partial, long length)
    {
        var (folder, identity, rangesOffered, anew) = terms;
        var journal = new Journal(folder);
        journal.Prune();
        var old = journal.Read(partial);
        var ours = old?.IsOf(identity) == true;
        if (ours && !anew && rangesOffered && identity.IsSure && old is { IgnoresRanges: false, Bytes: > 0 } && length >= old.Bytes)
        {
            // A range has at least one byte: of a file that is all there the last one is asked for again.
            var start = Math.Min(old.Bytes, identity.Size - 1);
            var page = new PartialJournal(journal, old, identity.IsSure, rangesOffered, written: true) { Mark = old.Mark };
            return (page, start > 0 ? new KeptPart(old.Bytes, start) : default);
        }

        var entry = JournalEntry.Of(partial, identity) with { IgnoresRanges = ours && old!.IgnoresRanges };
        if (old is not null && !entry.IgnoresRanges) journal.Remove(partial);
        return (new PartialJournal(journal, entry, identity.IsSure, rangesOffered, written: entry.IgnoresRanges), default);
    }

    /// <summary>That many bytes from the start lie on the disk; the mark covers at most those.</summary>
    public void Note(long bytes, HashMark mark)
    {
        // While the old part is still being hashed its old mark says more.
        var best = new[] { mark, _entry.Mark, HashMark.Empty }.Where(known => known.Bytes <= bytes).MaxBy(known => known.Bytes)!;
        Write(_entry with { Bytes = bytes, Hashed = best.Bytes, Sha256 = Convert.ToHexStringLower(best.Sha256) });
    }

    /// <summary>The sender ignored the range: nothing is kept, and it is not asked again.</summary>
    public void NoteIgnored() => Write(_entry with { Bytes = 0, Hashed = 0, Sha256 = null, IgnoresRanges = true });

    /// <summary>The partial file is gone: it has its name, or was thrown away.</summary>
    public void Close()
    {
        _written = false;
        _journal.Remove(_entry.Partial);
    }

    private void Write(JournalEntry entry)
    {
        _entry = entry;
        _written = _journal.TryWrite(entry);
    }
}
