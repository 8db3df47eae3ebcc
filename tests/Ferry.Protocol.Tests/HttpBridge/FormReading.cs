using System.Runtime.InteropServices;
using System.Text;
using Ferry.Protocol.HttpBridge;

namespace Ferry.Protocol.Tests.HttpBridge;

/// <summary>
/// Feeds a form to a <see cref="MultipartReader"/> in pieces and writes down what came out. Each piece is overwritten once it is
/// consumed, so that a reader that still looked at it would show.
/// </summary>
internal sealed class FormReading
{
    private readonly MultipartReader _reader;
    private readonly MemoryStream _file = new();

    private FormReading(string boundary, bool sidHashFirst) => _reader = new MultipartReader(boundary, sidHashFirst);

    /// <summary>One line each; all the file's bytes are one <c>file N</c> where the file or the reading ended.</summary>
    public List<string> Events { get; } = [];

    public byte[] File => _file.ToArray();

    public List<MultipartPart> Parts { get; } = [];

    public MultipartReader Reader => _reader;

    public int MostBuffered { get; private set; }

    /// <summary>Bytes of the file that were not slices of the input, of the piece with most of them.</summary>
    public int MostCopied { get; private set; }

    /// <summary>How often file bytes came out of one piece, of the piece with most of them.</summary>
    public int MostSlices { get; private set; }

    public string Fault => Events[^1];

    public static FormReading Of(byte[] body, string boundary = "B", bool sidHashFirst = false, int pieces = int.MaxValue) =>
        Of(body, Enumerable.Repeat(pieces, int.MaxValue), boundary, sidHashFirst);

    public static FormReading Of(string body, string boundary = "B", bool sidHashFirst = false) => Of(Encoding.UTF8.GetBytes(body), boundary, sidHashFirst);

    public static FormReading Of(byte[] body, IEnumerable<int> pieces, string boundary = "B", bool sidHashFirst = false)
    {
        var reading = new FormReading(boundary, sidHashFirst);
        var rest = body.AsSpan();
        using var sizes = pieces.GetEnumerator();
        while (!rest.IsEmpty)
        {
            var size = Math.Min(sizes.MoveNext() ? Math.Max(1, sizes.Current) : int.MaxValue, rest.Length);
            if (!reading.Feed(rest[..size].ToArray())) break;
            rest = rest[size..];
        }

        reading.Finish();
        return reading;
    }

    private bool Feed(byte[] piece)
    {
        var (at, copied, slices) = (0, 0, 0);
        while (true)
        {
            var found = _reader.Next(piece.AsMemory(at));
            MostBuffered = Math.Max(MostBuffered, _reader.BufferBytes);
            if (found.Kind == MultipartEventKind.FileBytes)
            {
                found.Bytes.Length.ShouldBeGreaterThan(0);
                MostSlices = Math.Max(MostSlices, ++slices);
                MemoryMarshal.TryGetArray(found.Bytes, out var array).ShouldBeTrue();
                if (!ReferenceEquals(array.Array, piece)) copied += found.Bytes.Length;
                MostCopied = Math.Max(MostCopied, copied);
            }

            Record(found);
            Array.Clear(piece, at, found.Consumed);
            at += found.Consumed;
            if (found.Kind == MultipartEventKind.Fault) return false;
            if (found.Kind != MultipartEventKind.NeedMore) continue;
            at.ShouldBe(piece.Length);
            return true;
        }
    }

    private void Finish()
    {
        MultipartEvent last;
        do
        {
            last = _reader.Complete();
            if (Events is not [.., "end"] && !Events.Exists(line => line.StartsWith("fault", StringComparison.Ordinal))) Record(last);
        }
        while (last.Kind is not (MultipartEventKind.End or MultipartEventKind.Fault));
        _reader.FileLength.ShouldBe(_file.Length);
    }

    private void Record(MultipartEvent found)
    {
        switch (found.Kind)
        {
            case MultipartEventKind.Part:
                Parts.Add(found.Part!);
                Events.Add($"part {found.Part!.Field}");
                break;
            case MultipartEventKind.SidHash:
                Events.Add($"sidhash {found.SidHash}");
                break;
            case MultipartEventKind.FileBytes:
                _file.Write(found.Bytes.Span);
                break;
            case MultipartEventKind.End:
                Events.Add("end");
                break;
            case MultipartEventKind.Fault:
                Events.Add($"fault {found.Fault!.Status}: {found.Fault.Text}");
                break;
            default:
                break;
        }
    }
}
