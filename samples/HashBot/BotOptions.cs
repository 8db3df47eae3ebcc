namespace HashBot;

/// <summary>What the bot is told by configuration: <c>Bot__Account</c>, <c>Bot__PasswordFile</c> and so on from the environment.</summary>
internal sealed class BotOptions
{
    /// <summary>The bot's address.</summary>
    public string Account { get; set; } = "";

    /// <summary>A file whose first line is its password.</summary>
    public string PasswordFile { get; set; } = "";

    /// <summary><c>HOST:PORT</c>, or empty to look the server up.</summary>
    public string Server { get; set; } = "";

    /// <summary>The certificate's SHA-256, or empty to check it as usual.</summary>
    public string Pin { get; set; } = "";

    /// <summary>Who may send: addresses and domains, separated by commas.</summary>
    public string From { get; set; } = "";

    /// <summary>The largest file that is taken, in bytes.</summary>
    public long MaxBytes { get; set; } = 1024L * 1024 * 1024;
}
