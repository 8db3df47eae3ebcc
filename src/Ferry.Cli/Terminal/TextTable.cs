using Spectre.Console;

namespace Ferry.Cli.Terminal;

/// <summary>A table for people, without lines or colours so that it can be piped too.</summary>
internal sealed class TextTable
{
    private readonly Table _table = new() { Border = TableBorder.None };
    private bool _first = true;

    /// <param name="headings">The columns' names.</param>
    /// <param name="numbers">Columns that are aligned to the right.</param>
    public TextTable(IReadOnlyList<string> headings, params int[] numbers)
    {
        for (var i = 0; i < headings.Count; i++)
        {
            var column = new TableColumn(new Text(headings[i])) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) };
            if (numbers.Contains(i)) column.Alignment = Justify.Right;
            _table.AddColumn(column);
        }
    }

    public void Add(params string[] cells)
    {
        _first = false;
        _table.AddRow(cells.Select(cell => new Text(cell)));
    }

    /// <summary>Writes it; columns are narrowed to fit.</summary>
    public void WriteTo(TextWriter output, int width)
    {
        if (_first) return;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = Math.Max(width, 80);
        console.Write(_table);
    }
}
