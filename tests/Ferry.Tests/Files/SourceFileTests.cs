using Ferry.Files;
using Ferry.Protocol.Transfers;

namespace Ferry.Tests.Files;

public sealed class SourceFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Knows_name_size_and_date_and_reads()
    {
        await using SourceFile file = Open("hello");
        file.Name.ShouldBe("a.txt");
        file.Size.ShouldBe(5);
        file.Modified.UtcDateTime.ShouldBe(File.GetLastWriteTimeUtc(_folder["a.txt"]));
        using var reader = new StreamReader(file.Stream, leaveOpen: true);
        (await reader.ReadToEndAsync()).ShouldBe("hello");
        file.Check(5).ShouldBeNull();
    }

    [Fact]
    public async Task Fewer_bytes_than_claimed_is_a_changed_source()
    {
        await using SourceFile file = Open("hello");
        file.Check(4).ShouldNotBeNull().Reason.ShouldBe(FailureReason.SourceChanged);
    }

    [Theory]
    [InlineData("hello, world")]
    [InlineData("he")]
    public async Task Another_size_is_a_changed_source(string now)
    {
        await using SourceFile file = Open("hello");
        File.WriteAllText(_folder["a.txt"], now);
        file.Check(5).ShouldNotBeNull().Reason.ShouldBe(FailureReason.SourceChanged);
    }

    [Fact]
    public async Task Another_date_is_a_changed_source()
    {
        await using SourceFile file = Open("hello");
        File.SetLastWriteTimeUtc(_folder["a.txt"], file.Modified.UtcDateTime.AddSeconds(1));
        file.Check(5).ShouldNotBeNull().Reason.ShouldBe(FailureReason.SourceChanged);
    }

    [Fact]
    public async Task A_file_that_was_replaced_is_still_the_one_that_was_opened()
    {
        await using SourceFile file = Open("hello");
        File.WriteAllText(_folder["b"], "other");
        File.Move(_folder["b"], _folder["a.txt"], overwrite: true);
        file.Check(5).ShouldBeNull();
    }

    [Fact]
    public void What_is_no_plain_file_fails()
    {
        SourceFile.Open(_folder["missing"]).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Io);
        SourceFile.Open(_folder.Path).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Io);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_and_a_device_are_refused_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files");
        using (var mkfifo = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("mkfifo", _folder["pipe"]) { UseShellExecute = false })!)
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        foreach (var path in new[] { _folder["pipe"], "/dev/tty" }.Where(File.Exists))
        {
            var opened = await Task.Run(() => SourceFile.Open(path)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            opened.Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Io);
        }
    }

    [Fact]
    public void A_file_that_we_may_not_read_is_a_matter_of_permission()
    {
        File.WriteAllText(_folder["secret"], "x");
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "root may read everything, Windows has no modes");
#pragma warning disable CA1416 // skipped there
        File.SetUnixFileMode(_folder["secret"], UnixFileMode.None);
#pragma warning restore CA1416
        SourceFile.Open(_folder["secret"]).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Permission);
    }

    private SourceFile Open(string text)
    {
        File.WriteAllText(_folder["a.txt"], text);
        return SourceFile.Open(_folder["a.txt"]).Value.ShouldNotBeNull();
    }
}
