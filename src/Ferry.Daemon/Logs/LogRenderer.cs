using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ferry.Daemon.Configuration;
using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Logs;

/// <summary>
/// One event as one line. Users' addresses are shortened to <c>a…@example.org</c> unless wanted whole: whatever is a <see cref="Jid"/> among an event's values, so code that logs
/// an address hands over the address and not its text. Nothing in a line steers a terminal.
/// </summary>
internal sealed class LogRenderer(LogFormat format, bool fullAddresses, TimeProvider time)
{
    private const string TemplateKey = "{OriginalFormat}";
    private const int MaxText = 8000;

    public string Render<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var template = values.LastOrDefault(value => value.Key == TemplateKey).Value as string;
        var message = template is null ? formatter(state, exception) : Fill(template, values);
        return format == LogFormat.Json ? Json(level, id, message, values, exception) : Text(level, message, exception);
    }

    private string Text(LogLevel level, string message, Exception? exception)
    {
        var line = $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {Name(level)}: {message}{(exception is null ? "" : ": " + exception)}";
        return Harmless(line);
    }

    private string Json(LogLevel level, EventId id, string message, IReadOnlyList<KeyValuePair<string, object?>> values, Exception? exception)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", Name(level));
            if (id.Name is { Length: > 0 } name) json.WriteString("event", name);
            json.WriteString("message", Harmless(message));
            foreach (var (key, value) in values)
            {
                if (key != TemplateKey) Write(json, JsonNamingPolicy.CamelCase.ConvertName(key), value);
            }

            if (exception is not null) json.WriteString("exception", Harmless(exception.ToString()));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case int or long or short or byte or uint or ushort: json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            default: json.WriteString(name, Harmless(Show(value, null))); break;
        }
    }

    // Templates are our own: names in braces, in the order of the values, with .NET's formats.
    private string Fill(string template, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < template.Length; i++)
        {
            var c = template[i];
            if (c is '{' or '}' && i + 1 < template.Length && template[i + 1] == c)
            {
                text.Append(c);
                i++;
            }
            else if (c == '{' && template.IndexOf('}', i) is var end && end > 0)
            {
                var colon = template.IndexOf(':', i, end - i);
                text.Append(Show(next < values.Count ? values[next].Value : null, colon < 0 ? null : template[(colon + 1)..end]));
                next++;
                i = end;
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    private string Show(object? value, string? valueFormat) => value switch
    {
        null => "(null)",
        Jid jid => fullAddresses ? jid.ToString() : Shorten(jid),
        IFormattable formattable => formattable.ToString(valueFormat, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Shorten(Jid jid) => jid.Local is null ? jid.Domain : $"{jid.Local.EnumerateRunes().First()}…@{jid.Domain}";

    private static string Harmless(string text)
    {
        var shown = text.Length > MaxText ? text.AsSpan(0, MaxText) : text;
        return string.Create(shown.Length, shown, (line, from) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(from[i]) || from[i] is '\u2028' or '\u2029' ? ' ' : from[i];
        });
    }

    private static string Name(LogLevel level) => level.ToString().ToLowerInvariant();
}
