using System.Text;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Tests.Fakes;

/// <summary>A terminal that remembers what was said and answers from a list.</summary>
internal sealed class RecordingTerminal : ITerminal
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Queue<string?> _answers = [];
    private LiveRegion? _live;

    public RecordingTerminal()
    {
        Out = TextWriter.Synchronized(_out);
        Error = TextWriter.Synchronized(_error);
    }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public bool CanAsk { get; init; }

    public bool CanRedraw { get; init; }

    public bool Colours { get; init; }

    public int Width { get; init; } = 100;

    public LiveRegion? Live => CanRedraw ? LazyInitializer.EnsureInitialized(ref _live, () => new LiveRegion(Error)) : null;

    public byte[] Input { get; init; } = [];

    /// <summary>Questions are never answered.</summary>
    public bool Silent { get; init; }

    public List<string> Questions { get; } = [];

    public string Output => _out.ToString();

    public string Errors => _error.ToString();

    public IReadOnlyList<string> OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public RecordingTerminal Answer(params string?[] answers)
    {
        foreach (var answer in answers) _answers.Enqueue(answer);
        return this;
    }

    public Stream OpenInput() => new MemoryStream(Input, writable: false);

    public async Task<string?> AskAsync(string question, CancellationToken cancellationToken)
    {
        CanAsk.ShouldBeTrue("a question without a terminal");
        Questions.Add(question);
        if (Silent) await Task.Delay(Timeout.Infinite, cancellationToken);
        return _answers.TryDequeue(out var answer) ? answer : throw new InvalidOperationException($"no answer was given for: {question}");
    }

    public Task<string?> AskSecretAsync(string question, CancellationToken cancellationToken) => AskAsync(question, cancellationToken);
}
