namespace Ferry.Cli.Configuration;

/// <summary>How many values a setting takes.</summary>
internal enum SettingKind
{
    /// <summary>None: it is on or off.</summary>
    Switch,

    /// <summary>Exactly one.</summary>
    One,

    /// <summary>The option may be given several times; comma-separated in the environment and in the settings file.</summary>
    Many,

    /// <summary>Comma-separated everywhere, and the option may be given several times.</summary>
    List,
}
