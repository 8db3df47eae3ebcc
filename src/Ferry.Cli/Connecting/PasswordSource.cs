namespace Ferry.Cli.Connecting;

/// <summary>Where the password comes from. Never from an argument: every user of the machine can read those.</summary>
internal abstract record PasswordSource
{
    /// <summary>The first line of a file.</summary>
    internal sealed record FromFile(string Path) : PasswordSource;

    /// <summary>The value of <c>FERRY_PASSWORD</c>.</summary>
    internal sealed record Given(string Password) : PasswordSource
    {
        public override string ToString() => "Given";
    }

    /// <summary>The first line that <c>/bin/sh -c</c> prints.</summary>
    internal sealed record FromCommand(string Command) : PasswordSource;

    /// <summary>Asked on the terminal.</summary>
    internal sealed record Asked : PasswordSource;
}
