using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Configuration;

/// <summary>
/// <c>$XDG_CONFIG_HOME/ferry/config</c>: lines <c>name = value</c> with the names of options, <c>#</c> comments, and a section
/// <c>[name@example.org]</c> for what holds for one account only. It never holds a password, only where one is
/// (<c>password-file</c>, <c>password-command</c>).
/// </summary>
internal sealed class SettingsFile
{
    private const long MaxBytes = 64 * 1024;

    private readonly Dictionary<(string? Account, string Name), string> _values = [];
    private readonly List<string> _problems = [];

    private SettingsFile(string path) => Path = path;

    /// <summary>Where it lies, or would lie.</summary>
    public string Path { get; }

    /// <summary>What cannot be used in it, with line numbers.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A settings file with nothing in it.</summary>
    public static SettingsFile Empty(string path = "") => new(path);

    /// <summary>Reads the file at <paramref name="path"/>; one that is not there is an empty one.</summary>
    public static SettingsFile Load(string path, IReadOnlySet<string> knownNames)
    {
        var settings = new SettingsFile(path);
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return settings;
            if (file.Length > MaxBytes) settings._problems.Add($"{path}: larger than {MaxBytes / 1024} KiB; this is not a settings file");
            else settings.Read(File.ReadAllLines(path), knownNames);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            settings._problems.Add($"{path}: cannot be read: {e.Message}");
        }

        return settings;
    }

    /// <summary>The value for this account, else the one for all.</summary>
    public string? Find(string name, Jid? account) =>
        account is not null && _values.TryGetValue((account.Bare.ToString(), name), out var own) ? own : _values.GetValueOrDefault((null, name));

    private void Read(string[] lines, IReadOnlySet<string> knownNames)
    {
        string? account = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == '[') ReadSection(line, i + 1, ref account);
            else ReadValue(line, i + 1, account, knownNames);
        }
    }

    private void ReadSection(string line, int number, ref string? account)
    {
        if (line[^1] == ']' && Jid.TryParse(line[1..^1].Trim(), out var jid) && jid is { Local: not null, Resource: null }) account = jid.ToString();
        else _problems.Add($"{Path}:{number}: '{line}' is not an account's section ([name@example.org])");
    }

    private void ReadValue(string line, int number, string? account, IReadOnlySet<string> knownNames)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            _problems.Add($"{Path}:{number}: '{line}' is not a setting (name = value)");
            return;
        }

        var name = line[..equals].Trim();
        if (!knownNames.Contains(name)) _problems.Add($"{Path}:{number}: there is no setting '{name}'");
        else _values[(account, name)] = line[(equals + 1)..].Trim();
    }
}
