using Ferry.Daemon.Systemd;
using Ferry.Testing.Time;

namespace Ferry.Daemon.Tests.Systemd;

public sealed class NotifySocketTests
{
    [Fact]
    public async Task What_systemd_hears()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        using var listener = new NotifyListener(Path.Combine(folder.Path, "notify"));
        using var notify = NotifySocket.Open(Variables(("NOTIFY_SOCKET", listener.Path)));
        notify.IsThere.ShouldBeTrue();
        notify.Ready("all is well");
        (await listener.NextAsync()).ShouldBe("READY=1\nSTATUS=all is well");
        notify.Stopping("bye");
        (await listener.NextAsync()).ShouldBe("STOPPING=1\nSTATUS=bye");
        notify.Status("a server's words\nMAINPID=1");
        (await listener.NextAsync()).ShouldBe("STATUS=a server's words?MAINPID=1");
    }

    [Fact]
    public async Task An_abstract_address_is_one_with_an_at()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var listener = new NotifyListener("@ferryd-test-" + Guid.NewGuid());
        using var notify = NotifySocket.Open(Variables(("NOTIFY_SOCKET", listener.Path)));
        notify.Status("x");
        (await listener.NextAsync()).ShouldBe("STATUS=x");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nowhere/at/all")]
    public void Without_a_listener_nothing_happens(string? path)
    {
        using var notify = NotifySocket.Open(path is null ? Variables() : Variables(("NOTIFY_SOCKET", path)));
        notify.Ready("x");
    }

    [Theory]
    [InlineData("2000000", null, 2.0)]
    [InlineData("2000000", "own", 2.0)]
    [InlineData("2000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("x", null, null)]
    [InlineData(null, null, null)]
    public void The_watchdogs_time(string? microseconds, string? pid, double? seconds)
    {
        var variables = new List<(string, string)>();
        if (microseconds is not null) variables.Add(("WATCHDOG_USEC", microseconds));
        if (pid is not null) variables.Add(("WATCHDOG_PID", pid == "own" ? Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) : pid));
        var limit = WatchdogTimer.Limit(Variables([.. variables]));
        (limit?.TotalSeconds).ShouldBe(seconds);
    }

    [Fact]
    public async Task A_sign_of_life_comes_twice_in_the_watchdogs_time()
    {
        if (OperatingSystem.IsWindows()) return;
        var time = new ManualTime();
        using var folder = new TemporaryFolder();
        using var listener = new NotifyListener(Path.Combine(folder.Path, "notify"));
        var variables = Variables(("NOTIFY_SOCKET", listener.Path), ("WATCHDOG_USEC", "4000000"));
        using var notify = NotifySocket.Open(variables);
        await using var watchdog = WatchdogTimer.Start(notify, variables, time);
        (await listener.NextAsync()).ShouldBe("WATCHDOG=1");
        for (var i = 0; i < 3; i++)
        {
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(2));
            time.Advance(TimeSpan.FromSeconds(2));
            (await listener.NextAsync()).ShouldBe("WATCHDOG=1");
        }
    }

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) => variables.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
}
