using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ferry.Daemon.Configuration;

/// <summary>
/// Keys from a YAML file: sections with keys, values that are scalars or lists of scalars. What YAML has beyond that (anchors, tags, several documents) is refused; only the
/// package's event parser is used, so nothing is ever built from what a file names.
/// </summary>
internal sealed class YamlSource
{
    /// <summary>The longest file that is read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int MaxFaults = 20;

    // The package's scanner takes time by the square of the depth: minutes for a file of brackets. Two levels are needed.
    private const int MaxOpenBrackets = 100;

    private readonly string _file;
    private readonly string _folder;
    private readonly Parser _parser;
    private readonly List<Entry> _set = [];
    private readonly List<string> _faults = [];

    private YamlSource(string file, string text)
    {
        _file = Path.GetFileName(file);
        _folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a file; one that cannot be read is a fault.</summary>
    public static Entries ReadFile(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes) return new Entries([], [$"{file}: it has more than {MaxBytes / 1024} KiB; is that the configuration?"]);
            return Read(file, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            return new Entries([], [$"{file}: {wrong.Message}"]);
        }
        catch (DecoderFallbackException)
        {
            return new Entries([], [$"{file}: it is not UTF-8; save it as UTF-8"]);
        }
    }

    /// <summary>Reads text that came from <paramref name="file"/>.</summary>
    public static Entries Read(string file, string text)
    {
        if (Opens(text) > MaxOpenBrackets) return new Entries([], [$"{Path.GetFileName(file)}: too many brackets are open at once; is that the configuration?"]);
        var source = new YamlSource(file, text);
        try
        {
            source.ReadDocument();
        }
        catch (YamlException wrong)
        {
            source._faults.Add($"{source.At(wrong.Start)}: this is not YAML: {Readable.Text((wrong.InnerException ?? wrong).Message)}");
        }
        catch (Exception)
        {
            // The package has no words for some texts that are no YAML: it was seen to throw InvalidOperationException and EndOfStreamException.
            source._faults.Add($"{source.At(source._parser.Current?.End ?? Mark.Empty)}: this is not YAML, or what follows it is not");
        }

        var faults = source._faults.Count > MaxFaults ? [.. source._faults.Take(MaxFaults), $"… and {source._faults.Count - MaxFaults} more"] : source._faults;
        return new Entries(source._set, faults);
    }

    private static int Opens(string text)
    {
        var (open, most) = (0, 0);
        foreach (var c in text)
        {
            if (c is '[' or '{') most = Math.Max(most, ++open);
            else if (c is ']' or '}') open = Math.Max(0, open - 1);
        }

        return most;
    }

    private string At(Mark mark) => $"{_file}, line {mark.Line}";

    private void ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) return;
        _parser.Consume<DocumentStart>();
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            if (scalar.Value.Length > 0) Fault(scalar, "here begins no key; write KEY: VALUE");
        }
        else if (_parser.Accept<MappingStart>(out _))
        {
            ReadMapping("");
        }
        else
        {
            Fault(_parser.Current!, "the file is no list; write KEY: VALUE");
            _parser.SkipThisAndNestedEvents();
        }

        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second)) Fault(second, "there is a second document; keep one");
    }

    private void ReadMapping(string prefix)
    {
        _parser.Consume<MappingStart>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var name))
            {
                Fault(_parser.Current!, "a key is a word");
                _parser.SkipThisAndNestedEvents();
                _parser.SkipThisAndNestedEvents();
                continue;
            }

            if (name.Value.Length == 0 || name.Value.Contains('.', StringComparison.Ordinal)) Skip(name, $"'{Readable.Text(name.Value)}' is no key; sections are written on lines of their own");
            else if (!seen.Add(name.Value)) Skip(name, $"{Readable.Text(prefix + name.Value)} stands here for the second time; keep one");
            else ReadValue(prefix, name);
        }
    }

    private void ReadValue(string prefix, Scalar name)
    {
        var path = prefix + name.Value;
        var isSection = prefix.Length == 0 && Keys.Sections.Any(section => section.Section.Length > 0 && section.Section.Equals(name.Value, StringComparison.OrdinalIgnoreCase));
        if (isSection)
        {
            // A section whose lines are all commented out.
            if (_parser.TryConsume<Scalar>(out var value))
            {
                if (value.Value.Length > 0) Fault(value, $"{path} is a section; its keys stand below it, indented");
            }
            else if (_parser.Accept<MappingStart>(out _))
            {
                ReadMapping(path + ".");
            }
            else
            {
                Skip(name, $"{path} is a section; its keys stand below it, indented");
            }

            return;
        }

        if (Entries.Refusal(At(name.Start), Readable.Text(path), path, Keys.NearestInFile) is { } refusal)
        {
            _faults.Add(refusal);
            _parser.SkipThisAndNestedEvents();
            return;
        }

        if (ReadValues(path) is { } values) _set.Add(new Entry(Keys.Find(path)!, values, At(name.Start), path, _folder));
    }

    private List<string>? ReadValues(string path)
    {
        if (_parser.Accept<NodeEvent>(out var node) && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty))
        {
            Fault(node, $"{path}: anchors and tags are not read here; write the value");
            _parser.SkipThisAndNestedEvents();
            return null;
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            if (scalar.Value.Trim() is { Length: > 0 } and not "~" and not "null") return [scalar.Value];
            Fault(scalar, $"{path} has no value; give it one, or remove the line");
            return null;
        }

        if (!_parser.TryConsume<SequenceStart>(out var start))
        {
            Fault(_parser.Current ?? node!, $"{path} is a value or a list, not a section");
            _parser.SkipThisAndNestedEvents();
            return null;
        }

        var before = _faults.Count;
        var values = new List<string>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (_parser.TryConsume<Scalar>(out var item)) values.Add(item.Value);
            else Skip(_parser.Current!, $"{path}: a list has plain values");
        }

        if (values.Count == 0 && _faults.Count == before) Fault(start, $"{path} is an empty list; give it values, or remove the line");
        return _faults.Count == before ? values : null;
    }

    private void Skip(ParsingEvent at, string text)
    {
        Fault(at, text);
        _parser.SkipThisAndNestedEvents();
    }

    private void Fault(ParsingEvent at, string text) => _faults.Add($"{At(at.Start)}: {text}");
}
