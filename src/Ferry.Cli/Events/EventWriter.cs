using System.Text.Json;

namespace Ferry.Cli.Events;

/// <summary>Writes events, one object a line, each line whole and at once whichever thread it comes from.</summary>
internal sealed class EventWriter(TextWriter output)
{
    private readonly Lock _gate = new();

    public void Write(FerryEvent entry)
    {
        // Everything that is not plain ASCII is escaped by the serialiser, so a peer's text cannot steer a terminal here either.
        var line = JsonSerializer.Serialize(entry, EventContext.Default.FerryEvent);
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
