using System.Diagnostics;

namespace Ferry.Testing.Faults;

/// <summary>A network of its own for one test: the test's program runs itself again inside, with this one test, as root of a new network namespace (Linux).</summary>
public static class NetworkNamespace
{
    private const string Inside = "FERRY_TEST_IN_NAMESPACE";

    /// <summary>Whether this process runs in such a network, set up by the test that runs.</summary>
    public static bool IsHere => Environment.GetEnvironmentVariable(Inside) is not null;

    /// <summary>Whether the machine allows a network that is set up so (a script of <c>/bin/sh</c>).</summary>
    public static async Task<bool> MayBeAsync(string setup, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return (await UnshareAsync(setup, "", cancellationToken)).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no unshare
        }
    }

    /// <summary>Runs this test alone inside; it must pass there.</summary>
    public static async Task RunAsync(string setup, string method, CancellationToken cancellationToken)
    {
        var (exit, output) = await UnshareAsync($"{setup}\nexec \"$0\" -noColor -method '*.{method}'", Environment.ProcessPath!, cancellationToken);
        exit.ShouldBe(0, output);
        output.ShouldContain("Total: 1,");
    }

    /// <summary>A command inside, in the middle of the test.</summary>
    public static async Task ChangeAsync(string script, CancellationToken cancellationToken)
    {
        var (exit, output) = await RunAsync(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-ec", script } }, cancellationToken);
        exit.ShouldBe(0, output);
    }

    private static Task<(int Exit, string Output)> UnshareAsync(string script, string zero, CancellationToken cancellationToken) =>
        RunAsync(new ProcessStartInfo("unshare") { ArgumentList = { "--net", "/bin/sh", "-c", script, zero }, Environment = { [Inside] = "1" } }, cancellationToken);

    private static async Task<(int Exit, string Output)> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, output + await error);
    }
}
