using System.Diagnostics;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Connecting;

/// <summary>Gets a password from where it is kept. What stands in the way is a <see cref="FerryException"/> with what to do about it.</summary>
internal sealed class PasswordReader(ITerminal terminal, TimeProvider? time = null)
{
    /// <summary>A password command may ask a person itself (a key's passphrase), so it has a while.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(120);

    private const int MaxLength = 4096;
    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The password of an account that exists.</summary>
    public Task<string> ReadAsync(PasswordSource source, Jid account, CancellationToken cancellationToken) =>
        ReadAsync(source, $"password of {SafeText.Show(account.Bare.ToString())}: ", repeat: false, cancellationToken);

    /// <summary>A password for a new account, asked twice where a person types it.</summary>
    public Task<string> ReadNewAsync(PasswordSource source, Jid account, CancellationToken cancellationToken) =>
        ReadAsync(source, $"new password of {SafeText.Show(account.Bare.ToString())}: ", repeat: true, cancellationToken);

    private async Task<string> ReadAsync(PasswordSource source, string question, bool repeat, CancellationToken cancellationToken)
    {
        var password = source switch
        {
            PasswordSource.Given given => given.Password,
            PasswordSource.FromFile file => await FromFileAsync(file.Path, cancellationToken),
            PasswordSource.FromCommand command => await FromCommandAsync(command.Command, cancellationToken),
            _ => await AskAsync(question, repeat, cancellationToken),
        };
        if (password.Length > MaxLength) throw Problem($"the password is longer than {MaxLength} characters");
        return password.Length > 0 ? password : throw Problem("the password is empty");
    }

    private async Task<string> FromFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && IsPlainFile(path) && (File.GetUnixFileMode(path) & OthersRead) != UnixFileMode.None)
                terminal.SayWarning($"other users can read the password file {path}; run: chmod 600 {path}");
            using var reader = new StreamReader(path);
            return await FirstLineAsync(reader, cancellationToken) ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Problem($"the password file cannot be read: {e.Message}");
        }
    }

    // A pipe (--password-file <(pass show xmpp)) or /dev/stdin has its own rules.
    private static bool IsPlainFile(string path) => !path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/proc/", StringComparison.Ordinal);

    private async Task<string> FromCommandAsync(string command, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CommandTimeout, time ?? TimeProvider.System);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        using var process = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", command }, UseShellExecute = false, RedirectStandardOutput = true })
            ?? throw Problem("/bin/sh could not be started for the password command");
        try
        {
            var line = await FirstLineAsync(process.StandardOutput, limit.Token);
            await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0) throw Problem($"the password command ended with exit code {process.ExitCode}");
            return line ?? throw Problem("the password command printed nothing");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Problem($"the password command took longer than {CommandTimeout.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private async Task<string> AskAsync(string question, bool repeat, CancellationToken cancellationToken)
    {
        if (!terminal.CanAsk)
        {
            throw new FerryException(
                FailureReason.Usage,
                Side.Here,
                "there is no password and no terminal to ask for it",
                "give --password-file FILE, or set FERRY_PASSWORD or FERRY_PASSWORD_COMMAND");
        }

        var password = await terminal.AskSecretAsync(question, cancellationToken) ?? "";
        if (repeat && !string.Equals(await terminal.AskSecretAsync("the same again: ", cancellationToken), password, StringComparison.Ordinal))
            throw Problem("the two passwords differ");
        return password;
    }

    private static async Task<string?> FirstLineAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxLength + 2];
        var length = 0;
        while (length < buffer.Length && buffer.AsSpan(0, length).IndexOf('\n') < 0)
        {
            var read = await reader.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) break;
            length += read;
        }

        if (length == 0) return null;
        var end = buffer.AsSpan(0, length).IndexOf('\n');
        return new string(buffer, 0, end < 0 ? length : end).TrimEnd('\r');
    }

    private static FerryException Problem(string message) =>
        new(FailureReason.Usage, Side.Here, message, "see 'ferry send --help' for the ways to give a password");
}
