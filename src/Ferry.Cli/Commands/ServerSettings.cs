using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;

namespace Ferry.Cli.Commands;

/// <summary>Settings of the verbs that work on the embedded server or its data.</summary>
internal static class ServerSettings
{
    public static readonly Setting Data = new("data", SettingKind.One, "DIR", "The folder with the embedded server's accounts and certificate [$XDG_STATE_HOME/ferry/server]");

    /// <summary>How much is said, and in which form.</summary>
    public static readonly IReadOnlyList<Setting> Speech = [ConnectionSettings.Json, ConnectionSettings.Verbose, ConnectionSettings.Quiet];

    public static string ReadData(SettingReader reader) => reader.Path(Data) ?? reader.DefaultData;
}
