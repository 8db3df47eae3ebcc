namespace Ferry.Interop.Tests.Peers;

/// <summary>The compiled <c>purple_peer.c</c>, made once a run beside its source among the build's artifacts.</summary>
public sealed class PurpleProgram : IAsyncLifetime
{
    private static readonly TimeSpan CompilerLimit = TimeSpan.FromMinutes(2);

    public string FilePath { get; } = Path.Combine(AppContext.BaseDirectory, "Peers", "purple_peer");

    public async ValueTask InitializeAsync()
    {
        var flags = (await Output("/usr/bin/pkg-config", "--cflags", "--libs", "purple")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await Output("/usr/bin/gcc", ["-std=gnu11", "-O1", "-Wall", "-Werror", "-o", FilePath, FilePath + ".c", .. flags]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<string> Output(string program, params string[] arguments)
    {
        await using var process = ChildProcess.Start(program, arguments);
        var code = await process.WaitForExit(CompilerLimit);
        var lines = new List<string>();
        while (process.Lines.TryRead(out var line))
        {
            lines.Add(line);
        }

        return code == 0 ? string.Join(' ', lines) : throw new InvalidOperationException($"{program} ended with {code}.\n{process.Errors}");
    }
}
