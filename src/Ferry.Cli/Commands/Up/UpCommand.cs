using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;

namespace Ferry.Cli.Commands.Up;

/// <summary>The grammar of <c>ferry up</c>.</summary>
internal static class UpCommand
{
    private static readonly Setting Lan = new("lan", SettingKind.Switch, "", "Be there for the whole network, not only for this machine");
    private static readonly Setting Domain = new("domain", SettingKind.One, "DOMAIN", "The domain of the accounts [localhost]");
    private static readonly Setting Port = new("port", SettingKind.One, "PORT", "The port to listen on [5222, or a free one where that is taken]");

    private static readonly Setting[] Own = [Lan, Domain, ServerSettings.Data, Port, .. ServerSettings.Speech];

    public static Verb Create(VerbHost host, Func<UpCommandOptions, CancellationToken, Task<int>> run)
    {
        host.Knows(Own);
        return new Verb(
                "up",
                "Run the embedded XMPP server until interrupted; prints the commands to use it with",
                new Example("ferry up", "for this machine"),
                new Example("ferry up --lan --domain files.lan", "for everybody on the network"))
            .Takes(Own).Runs(host, Bind, run);
    }

    private static UpCommandOptions Bind(SettingReader reader)
    {
        var data = ServerSettings.ReadData(reader);
        return new UpCommandOptions
        {
            Domain = reader.One(Domain, SettingTexts.Domain, "localhost")!,
            Data = data,
            IsDefaultData = string.Equals(data, reader.DefaultData, StringComparison.Ordinal),
            Lan = reader.Switch(Lan),
            Port = reader.Maybe(Port, SettingTexts.Port),
            Json = reader.Switch(ConnectionSettings.Json),
            Verbosity = ConnectionSettings.ReadVerbosity(reader),
        };
    }
}
