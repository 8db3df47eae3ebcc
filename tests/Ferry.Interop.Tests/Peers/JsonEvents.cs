using System.Text;
using System.Text.Json;

namespace Ferry.Interop.Tests.Peers;

/// <summary>The events of a program that writes one JSON object with a <c>type</c> a line, in order.</summary>
public sealed class JsonEvents(ChildProcess process)
{
    /// <summary>Long enough for the slowest step on a busy machine; only a hang takes so long.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _seen = new();

    /// <summary>The next event of one of these types; others are passed over.</summary>
    /// <exception cref="InvalidOperationException">The program ended before, or wrote a line that is no event.</exception>
    /// <exception cref="TimeoutException">Nothing of the kind came in time.</exception>
    public async Task<JsonElement> Next(params string[] types)
    {
        using var deadline = new CancellationTokenSource(Longest);
        try
        {
            while (await process.Lines.WaitToReadAsync(deadline.Token))
            {
                while (process.Lines.TryRead(out var line))
                {
                    _seen.AppendLine(line);
                    if (Parse(line) is var found && types.Contains(found.GetProperty("type").GetString(), StringComparer.Ordinal))
                    {
                        return found;
                    }
                }
            }
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException(Describe($"no {string.Join(" or ", types)} within {Longest.TotalSeconds:0} s"), exception);
        }

        throw new InvalidOperationException(Describe($"ended without {string.Join(" or ", types)}"));
    }

    /// <summary>All that is known of the program, for a failure message.</summary>
    public string Describe(string what) =>
        $"{process.Name}: {what}\n--- events\n{_seen}--- standard error\n{process.Errors}";

    private JsonElement Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException(Describe($"wrote a line that is no event: {line}"), exception);
        }
    }
}
