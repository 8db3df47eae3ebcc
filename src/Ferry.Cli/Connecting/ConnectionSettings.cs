using Ferry.Cli.Configuration;

namespace Ferry.Cli.Connecting;

/// <summary>The settings that every verb that connects has, and how they are read.</summary>
internal static class ConnectionSettings
{
    public static readonly Setting Account = new("account", SettingKind.One, "JID", "The account to use; a full JID (with /resource) fixes the resource");
    public static readonly Setting PasswordFile = new("password-file", SettingKind.One, "FILE", "Read the password from the first line of FILE (or set FERRY_PASSWORD or FERRY_PASSWORD_COMMAND; else it is asked)");
    public static readonly Setting Json = new("json", SettingKind.Switch, "", "Print events as JSON, one object a line, on standard output");
    public static readonly Setting Verbose = new("verbose", SettingKind.Switch, "", "Say more: every attempt and what the library logs") { Letter = "v" };
    public static readonly Setting Quiet = new("quiet", SettingKind.Switch, "", "Say nothing but errors") { Letter = "q" };

    // Not an option: a command line is no place for a shell command that yields a password. It may stand in the settings file.
    public static readonly Setting PasswordCommand = new("password-command", SettingKind.One, "COMMAND", "A command that prints the password");

    private static readonly Setting Server = new("server", SettingKind.One, "[xmpp:|xmpps:]HOST:PORT", "The server to connect to instead of looking it up; STARTTLS unless xmpps:");
    private static readonly Setting Ca = new("ca", SettingKind.Many, "FILE", "Trust the certificate authorities in FILE (PEM) too");
    private static readonly Setting Pin = new("pin", SettingKind.One, "SHA256", "Trust exactly the certificate with this SHA-256 and no other");
    private static readonly Setting InsecurePlaintext = new("insecure-plaintext", SettingKind.Switch, "", "Speak without TLS; only to a loopback address");
    private static readonly Setting AllowPlain = new("allow-plain", SettingKind.Switch, "", "Permit SASL PLAIN inside verified TLS");
    private static readonly Setting Bind = new("bind", SettingKind.Many, "ADDR", "Listen on this local address only (may repeat)");
    private static readonly Setting ListenPorts = new("listen-ports", SettingKind.List, "A-B", "Listen on a port of this range; may repeat");
    private static readonly Setting Advertise = new("advertise", SettingKind.Many, "HOST[:PORT]", "Tell peers to connect here too: a router's forwarded port (may repeat)");
    private static readonly Setting Proxy = new("proxy", SettingKind.Many, "JID", "Use this SOCKS5 proxy instead of those that the server lists (may repeat)");
    private static readonly Setting S5bWait = new("s5b-wait", SettingKind.One, "S", "Seconds to wait for a peer that stays silent about SOCKS5 before in-band is tried [15]");
    private static readonly Setting IbbMessages = new("ibb-messages", SettingKind.Switch, "", "Send in-band blocks in messages, for peers that take only those (slower)");
    private static readonly Setting AllowLocal = new("allow-local", SettingKind.Switch, "", "Connect to loopback and private addresses that a peer names");
    private static readonly Setting Timeout = new("timeout", SettingKind.One, "S", "Longest time in seconds without progress in any one step [connecting 30, an answer 600, an offer for ever]");

    /// <summary>In the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Account, PasswordFile, Server, Ca, Pin, InsecurePlaintext, AllowPlain, Bind, ListenPorts, Advertise, Proxy, S5bWait, IbbMessages, AllowLocal, Timeout, Json,
        Verbose, Quiet,
    ];

    /// <summary>Reads them; null, with the problem noted, where there is no account.</summary>
    public static ConnectionOptions? Read(SettingReader reader)
    {
        var account = reader.One(Account, SettingTexts.Account);
        reader.Account = account;
        if (account is null && reader.Problems.Count == 0)
            reader.Refuse("no account: give --account JID, set FERRY_ACCOUNT, or put 'account = JID' into the settings file");
        var options = new ConnectionOptions
        {
            Account = account!,
            Password = ReadPasswordSource(reader),
            Server = reader.One(Server, SettingTexts.Server),
            CertificateAuthorities = reader.Many(Ca, reader.ExistingFile),
            Pin = reader.One(Pin, SettingTexts.Pin),
            InsecurePlaintext = reader.Switch(InsecurePlaintext),
            AllowPlain = reader.Switch(AllowPlain),
            Bind = reader.Many(Bind, SettingTexts.LocalAddress),
            ListenPorts = reader.Many(ListenPorts, SettingTexts.PortRange),
            Advertise = reader.Many(Advertise, SettingTexts.Advertised),
            Proxies = reader.Many(Proxy, SettingTexts.Service),
            Socks5Wait = reader.Maybe(S5bWait, SettingTexts.Seconds),
            AllowLocal = reader.Switch(AllowLocal),
            IbbMessages = reader.Switch(IbbMessages),
            Timeout = reader.Maybe(Timeout, SettingTexts.Seconds),
            Json = reader.Switch(Json),
            Verbosity = ReadVerbosity(reader),
        };
        if (options is { InsecurePlaintext: true, Pin: not null }) reader.Refuse("--pin and --insecure-plaintext exclude each other: without TLS there is no certificate");
        return account is null ? null : options;
    }

    /// <summary>How much to say.</summary>
    public static Verbosity ReadVerbosity(SettingReader reader)
    {
        var (verbose, quiet) = (reader.Switch(Verbose), reader.Switch(Quiet));
        if (verbose && quiet) reader.Refuse("--verbose and --quiet exclude each other");
        return quiet ? Verbosity.Quiet : verbose ? Verbosity.Verbose : Verbosity.Normal;
    }

    /// <summary>Where the password comes from: option, environment, settings file, and at last the terminal.</summary>
    public static PasswordSource ReadPasswordSource(SettingReader reader)
    {
        if (reader.IsOnCommandLine(PasswordFile)) return File();
        if (reader.Variable("FERRY_PASSWORD") is { } password) return new PasswordSource.Given(password);
        if (reader.Variable(PasswordCommand.Variable) is { } command) return new PasswordSource.FromCommand(command);
        if (reader.One(PasswordFile, SettingTexts.Any) is not null) return File();
        return reader.One(PasswordCommand, SettingTexts.Any) is { } kept ? new PasswordSource.FromCommand(kept) : new PasswordSource.Asked();

        PasswordSource File() => new PasswordSource.FromFile(reader.Path(PasswordFile) ?? "");
    }
}
