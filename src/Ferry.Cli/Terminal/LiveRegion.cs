using System.Text;

namespace Ferry.Cli.Terminal;

/// <summary>
/// The last lines of a terminal, drawn again and again: progress. Everything else that is written meanwhile goes above them.
/// </summary>
internal sealed class LiveRegion(TextWriter output)
{
    private const string Escape = "\u001b[";

    private readonly Lock _gate = new();
    private IReadOnlyList<string> _lines = [];
    private int _drawn;
    private int _pauses;

    /// <summary>Replaces the lines; none takes the region away.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        lock (_gate)
        {
            _lines = lines;
            if (_pauses == 0) Redraw(null);
        }
    }

    /// <summary>Writes something that stays, above the region.</summary>
    public void WriteAbove(Action write)
    {
        lock (_gate) Redraw(write);
    }

    /// <summary>Takes the region away until the result is disposed of: somebody is being asked.</summary>
    public IDisposable Pause()
    {
        lock (_gate)
        {
            _pauses++;
            Redraw(null);
        }

        return new Resumption(this);
    }

    private void Redraw(Action? write)
    {
        var text = new StringBuilder();
        if (_drawn > 0) text.Append(Escape).Append(_drawn).Append("A\r").Append(Escape).Append('J');
        _drawn = 0;
        if (write is not null)
        {
            Flush(text);
            write();
        }

        if (_pauses == 0 && _lines.Count > 0)
        {
            // Without automatic wrapping a line that is too long is cut by the terminal, which knows how wide its characters are.
            text.Append(Escape).Append("?7l");
            foreach (var line in _lines) text.Append(line).Append('\n');
            text.Append(Escape).Append("?7h");
            _drawn = _lines.Count;
        }

        Flush(text);
    }

    private void Flush(StringBuilder text)
    {
        if (text.Length == 0) return;
        output.Write(text.ToString());
        output.Flush();
        text.Clear();
    }

    private sealed class Resumption(LiveRegion region) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            lock (region._gate)
            {
                if (_done) return;
                _done = true;
                region._pauses--;
                region.Redraw(null);
            }
        }
    }
}
