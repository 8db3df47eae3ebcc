using System.Collections.Immutable;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.Jingle.Files.ReceivedFileInput;
using Output = Ferry.Protocol.Jingle.Files.ReceivedFileOutput;

namespace Ferry.Protocol.Jingle.Files;

/// <summary>
/// Whether a file that has arrived is the sender's (XEP-0234 section 6.3), without I/O. Receiving → Waiting → Computing → Over. Hashes come in the offer or
/// in a checksum at any time, after the last byte too: one that was announced is waited for longer than one that was not. A sender that ends the session in
/// order says no more (Dino does that at once); one that ends it with a failure takes the file back. Who tells two different hashes of one function told
/// at least one wrong one. A file that was asked for by its hash has that hash or is none of ours.
/// </summary>
public sealed class ReceivedFile
{
    private readonly List<FileHash> _told = [];
    private readonly FileHash? _asked;
    private readonly bool _announced;
    private bool _whole;
    private bool _over;
    private bool _lastWord;
    private FileHash? _expected;
    private Input.Ended? _ended;
    private DateTimeOffset? _deadline;

    /// <param name="offered">The file as it was offered.</param>
    /// <param name="asked">The hash by which it was asked for: the one that counts, whatever else the sender tells. Null: none.</param>
    public ReceivedFile(FileDescription offered, FileHash? asked = null)
    {
        _asked = asked?.Function is null ? null : asked;
        if (_asked is not null) Learn([_asked]);
        _announced = offered.HashesToCome.Any(name => HashFunction.Find(name) is not null);
        Learn(offered.Hashes);
    }

    /// <summary>For a checksum that was announced.</summary>
    public TimeSpan AnnouncedTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For one that was not.</summary>
    public TimeSpan UnannouncedTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>When to hand in Tick; null: nothing is waited for.</summary>
    public DateTimeOffset? NextDeadline => _deadline;

    /// <summary>Whether an end was put out.</summary>
    public bool IsOver => _over;

    /// <summary>Takes one input; gives what is to be done, if anything.</summary>
    /// <exception cref="InvalidOperationException">Whole twice, or a digest that was not asked for.</exception>
    public Output? Handle(Input input, DateTimeOffset now)
    {
        if (_over) return null;
        switch (input)
        {
            case Input.Checksum(var hashes):
                if (_told.Count < FileDescription.MostHashes) Learn(hashes);
                if (hashes.Length > 0 && Best() is null) _lastWord = true; // of functions that nobody knows here
                break;
            case Input.Whole:
                if (_whole) throw new InvalidOperationException("whole twice");
                _whole = true;
                _deadline = now + (_announced ? AnnouncedTimeout : UnannouncedTimeout);
                break;
            case Input.Computed(var own):
                if (_expected is null) throw new InvalidOperationException("nobody asked for a digest");
                return Compare(own);
            case Input.Ended ended:
                _ended ??= ended;
                break;
            case Input.Lost:
                _lastWord = true;
                break;
            default:
                break;
        }

        return _whole && _expected is null ? Judge(now) : null;
    }

    private Output? Judge(DateTimeOffset now)
    {
        if (_ended is { Failure: { } reason }) return End(new Output.Failed(reason, _ended.Text));
        if (_told.GroupBy(hash => hash.Algorithm, StringComparer.Ordinal).Any(told => told.Distinct().Count() > 1)) return End(Mismatch("the sender tells two different hashes of the file"));
        if (Best() is { Function: { } function } best)
        {
            _expected = best;
            _deadline = null;
            return new Output.Compute(function);
        }

        return _lastWord || _ended is not null || now >= _deadline ? End(new Output.Unverified()) : null;
    }

    private Output Compare(FileHash? own)
    {
        if (own is null) return End(_asked is null ? new Output.Unverified() : new Output.Failed(FailureReason.Io, "the file's hash could not be computed"));
        return End(own.Equals(_expected) ? new Output.Verified(own.Algorithm) : Mismatch($"the file's {own.Algorithm} differs from the sender's"));
    }

    // SHA-256 is there already; others mean another look at the whole file.
    private FileHash? Best() =>
        _asked ?? HashFunction.Supported.Select(function => _told.FirstOrDefault(hash => hash.Algorithm == function.Name)).FirstOrDefault(hash => hash is not null);

    private void Learn(ImmutableArray<FileHash> hashes) => _told.AddRange(hashes.Take(FileDescription.MostHashes));

    private static Output.Failed Mismatch(string text) => new(FailureReason.Mismatch, text);

    private Output End(Output output)
    {
        _over = true;
        _deadline = null;
        return output;
    }
}
