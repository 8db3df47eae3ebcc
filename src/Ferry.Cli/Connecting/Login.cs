using Ferry.Cli.Terminal;

namespace Ferry.Cli.Connecting;

/// <summary>Gets the password and connects.</summary>
internal static class Login
{
    /// <exception cref="FerryException">There is no password, or it did not succeed.</exception>
    public static async Task<IFerryClient> ConnectAsync(
        ConnectionOptions connection,
        FerryOptions options,
        ITerminal terminal,
        ClientFactory connect,
        CancellationToken cancellationToken)
    {
        var password = await new PasswordReader(terminal).ReadAsync(connection.Password, connection.Account, cancellationToken);
        options = options with { Password = password };
        if (connection.Verbosity is Verbosity.Verbose) options = options with { LoggerFactory = new TerminalLogging(terminal) };
        return await connect(options, cancellationToken);
    }

    /// <summary>The same thing as a failure of the closed list.</summary>
    public static Failure ToFailure(this FerryException exception, Phase phase = Phase.Connecting) =>
        new(exception.Reason, phase, exception.Side, exception.Message, exception.Hint);
}
