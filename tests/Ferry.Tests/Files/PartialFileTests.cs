using System.Diagnostics;
using Ferry.Files;
using Ferry.Protocol.Transfers;

namespace Ferry.Tests.Files;

public sealed class PartialFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_whole_file_gets_its_name_and_date()
    {
        var date = new DateTimeOffset(2002, 7, 1, 12, 0, 0, TimeSpan.Zero);
        PartialFile file = Open("a.txt", o => o with { Size = 5, Modified = date });
        _folder.Names.ShouldBe([".a.txt.ferry-part"]);
        file.Stream.Write("hello"u8);
        file.Complete().Value.ShouldBe(_folder["a.txt"]);
        _folder.Names.ShouldBe(["a.txt"]);
        File.ReadAllText(_folder["a.txt"]).ShouldBe("hello");
        File.GetLastWriteTimeUtc(_folder["a.txt"]).ShouldBe(date.UtcDateTime);
    }

    [Fact]
    public void A_long_file_that_the_disk_begins_early_is_the_same_file()
    {
        var data = new byte[(2 * EarlyWriteBack.StretchBytes) + 12_345];
        new Random(7).NextBytes(data);
        PartialFile file = Open("a", o => o with { Size = data.Length });
        for (int at = 0; at < data.Length; at += 3_000_000)
        {
            file.Stream.Write(data.AsSpan(at, Math.Min(3_000_000, data.Length - at)));
            file.Written(file.Stream.Position);
        }

        file.Complete().Succeeded.ShouldBeTrue();
        File.ReadAllBytes(_folder["a"]).AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public async Task An_empty_file_is_a_file_too()
    {
        await using PartialFile file = Open("a", o => o with { Size = 0 });
        file.Complete().Succeeded.ShouldBeTrue();
        _folder.Names.ShouldBe(["a"]);
    }

    [Theory]
    [InlineData("hell")]
    [InlineData("hello!")]
    public void Another_length_than_offered_is_a_mismatch_and_stays_partial(string text)
    {
        PartialFile file = Open("a", o => o with { Size = 5 });
        file.Stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
        file.Complete().Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Mismatch);
        _folder.Names.ShouldBe([".a.ferry-part"]);
    }

    [Fact]
    public void What_is_there_is_refused_before_the_first_byte()
    {
        File.WriteAllText(_folder["a"], "mine");
        Failure("a").Reason.ShouldBe(FailureReason.Exists);
        _folder.Names.ShouldBe(["a"]);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_there_too()
    {
        File.CreateSymbolicLink(_folder["a"], _folder["nowhere"]);
        Failure("a").Reason.ShouldBe(FailureReason.Exists);
    }

    [Fact]
    public void Rename_takes_the_next_free_name()
    {
        File.WriteAllText(_folder["a.txt"], "1");
        File.WriteAllText(_folder["a (2).txt"], "2");
        PartialFile file = Open("a.txt", o => o with { Existing = ExistingFile.Rename });
        file.Stream.Write("3"u8);
        file.Complete().Value.ShouldBe(_folder["a (3).txt"]);
        File.ReadAllText(_folder["a.txt"]).ShouldBe("1");
    }

    [Fact]
    public void Numbers_come_to_an_end()
    {
        File.WriteAllText(_folder["a"], "");
        for (int number = 2; number <= 999; number++)
        {
            File.WriteAllText(_folder[$"a ({number})"], "");
        }

        Failure("a", o => o with { Existing = ExistingFile.Rename }).Reason.ShouldBe(FailureReason.Exists);
    }

    [Fact]
    public void Overwrite_replaces_only_when_the_new_file_is_whole()
    {
        File.WriteAllText(_folder["a"], "old");
        PartialFile broken = Open("a", o => o with { Existing = ExistingFile.Overwrite, Size = 3 });
        broken.Stream.Write("n"u8);
        broken.Complete().Succeeded.ShouldBeFalse();
        File.ReadAllText(_folder["a"]).ShouldBe("old");

        PartialFile whole = Open("a", o => o with { Existing = ExistingFile.Overwrite, Size = 3 });
        whole.Stream.Write("new"u8);
        whole.Complete().Succeeded.ShouldBeTrue();
        File.ReadAllText(_folder["a"]).ShouldBe("new");
        _folder.Names.ShouldBe(["a"]);
    }

    [Fact]
    public void Overwrite_replaces_a_link_and_not_what_it_leads_to()
    {
        File.WriteAllText(_folder["precious"], "precious");
        File.CreateSymbolicLink(_folder["a"], _folder["precious"]);
        PartialFile file = Open("a", o => o with { Existing = ExistingFile.Overwrite });
        file.Stream.Write("x"u8);
        file.Complete().Succeeded.ShouldBeTrue();
        File.ReadAllText(_folder["precious"]).ShouldBe("precious");
        File.ReadAllText(_folder["a"]).ShouldBe("x");
    }

    [Fact]
    public void A_folder_is_never_replaced()
    {
        Directory.CreateDirectory(_folder["a"]);
        Failure("a", o => o with { Existing = ExistingFile.Overwrite }).Reason.ShouldBe(FailureReason.Exists);
    }

    [Theory]
    [InlineData(ExistingFile.Refuse)]
    [InlineData(ExistingFile.Overwrite)]
    public void A_second_live_receive_of_one_name_is_refused(ExistingFile existing)
    {
        PartialFile first = Open("a");
        first.Stream.Write("first"u8);
        Failure("a", o => o with { Existing = existing }).Reason.ShouldBe(FailureReason.Exists);
        first.Complete().Succeeded.ShouldBeTrue();
        File.ReadAllText(_folder["a"]).ShouldBe("first");
    }

    [Fact]
    public void A_second_live_receive_may_take_another_name()
    {
        PartialFile first = Open("a.txt");
        PartialFile second = Open("a.txt", o => o with { Existing = ExistingFile.Rename });
        first.Stream.Write("1"u8);
        second.Stream.Write("2"u8);
        second.Complete().Value.ShouldBe(_folder["a (2).txt"]);
        first.Complete().Value.ShouldBe(_folder["a.txt"]);
        (File.ReadAllText(_folder["a.txt"]), File.ReadAllText(_folder["a (2).txt"])).ShouldBe(("1", "2"));
    }

    [Fact]
    public void A_name_that_was_taken_meanwhile_is_not_overwritten()
    {
        PartialFile refuse = Open("a");
        refuse.Stream.Write("ours"u8);
        File.WriteAllText(_folder["a"], "theirs");
        refuse.Complete().Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Exists);
        File.ReadAllText(_folder["a"]).ShouldBe("theirs");
        File.ReadAllText(_folder[".a.ferry-part"]).ShouldBe("ours");

        PartialFile rename = Open("b", o => o with { Existing = ExistingFile.Rename });
        File.WriteAllText(_folder["b"], "theirs");
        rename.Complete().Value.ShouldBe(_folder["b (2)"]);
        File.ReadAllText(_folder["b"]).ShouldBe("theirs");
    }

    [Fact]
    public async Task Many_receives_of_one_name_at_once_lose_no_file()
    {
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() =>
        {
            PartialFile file = Open("same.bin", o => o with { Existing = ExistingFile.Rename, Durable = false });
            file.Stream.Write([(byte)i]);
            FileResult<string> completed = file.Complete();
            completed.Failure.ShouldBeNull();
            return completed.Value!;
        })));
        paths.Distinct().Count().ShouldBe(24);
        paths.Select(path => (int)File.ReadAllBytes(path).ShouldHaveSingleItem()).Order().ShouldBe(Enumerable.Range(0, 24));
        _folder.Names.Length.ShouldBe(24);
    }

    [Fact]
    public async Task Receives_that_give_way_to_each_other_never_truncate_a_finished_file()
    {
        // A receive that opens the partial file just before another renames it holds a finished file: it must notice.
        int succeeded = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                FileResult<PartialFile> opened = PartialFile.Open(Options("same") with { Existing = ExistingFile.Overwrite, Durable = false });
                if (opened.Succeeded)
                {
                    opened.Value.Stream.Write("whole"u8);
                    opened.Value.Complete().Succeeded.ShouldBeTrue();
                    Interlocked.Increment(ref succeeded);

                    try
                    {
                        File.ReadAllText(_folder["same"]).ShouldBe("whole");
                    }
                    catch (IOException)
                    {
                        // Another holds it for the moment in which it finds that this isn't a partial file any more.
                    }
                }
            }
        })));
        succeeded.ShouldBeGreaterThan(0);
        _folder.Names.ShouldBe(["same"]);
        File.ReadAllText(_folder["same"]).ShouldBe("whole");
    }

    [Fact]
    public void A_partial_file_that_was_left_is_begun_anew()
    {
        File.WriteAllText(_folder[".a.ferry-part"], "old and long");
        PartialFile file = Open("a");
        file.Stream.Write("new"u8);
        file.Complete().Succeeded.ShouldBeTrue();
        File.ReadAllText(_folder["a"]).ShouldBe("new");
        _folder.Names.ShouldBe(["a"]);
    }

    [Fact]
    public void A_link_in_the_place_of_the_partial_file_is_not_followed()
    {
        File.WriteAllText(_folder["precious"], "precious");
        File.CreateSymbolicLink(_folder[".a.ferry-part"], _folder["precious"]);
        Failure("a").Reason.ShouldBe(FailureReason.Exists);
        File.ReadAllText(_folder["precious"]).ShouldBe("precious");

        File.CreateSymbolicLink(_folder[".b.ferry-part"], _folder["nowhere"]);
        Failure("b").Reason.ShouldBe(FailureReason.Exists);
        File.Exists(_folder["nowhere"]).ShouldBeFalse();
    }

    [Fact]
    public void A_pipe_in_the_place_of_the_partial_file_is_not_written_to()
    {
        Assert.SkipUnless(Shell("mkfifo", _folder[".a.ferry-part"]) == 0, "there is no mkfifo");
        Failure("a").Reason.ShouldBe(FailureReason.Exists);
    }

    [Fact]
    public void A_folder_reached_by_a_link_is_fine()
    {
        Directory.CreateDirectory(_folder["real"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["real"]);
        File.WriteAllText(_folder["real/.a.ferry-part"], "left");
        PartialFile file = PartialFile.Open(Options("a") with { Directory = _folder["link"] }).Value.ShouldNotBeNull();
        file.Complete().Succeeded.ShouldBeTrue();
        File.Exists(_folder["real/a"]).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    public void Giving_up_keeps_bytes_unless_told_otherwise(bool written, bool delete, bool kept)
    {
        PartialFile file = Open("a");
        if (written)
        {
            file.Stream.Write("x"u8);
        }

        file.Abandon(delete).ShouldBe(kept);
        file.Abandon(delete).ShouldBeFalse();
        _folder.Names.ShouldBe(kept ? [".a.ferry-part"] : []);
    }

    [Fact]
    public async Task Disposing_gives_up_what_was_not_completed()
    {
        PartialFile file = Open("a");
        file.Stream.Write("x"u8);
        await file.DisposeAsync();
        await file.DisposeAsync();
        _folder.Names.ShouldBe([".a.ferry-part"]);
        Should.Throw<ObjectDisposedException>(() => file.Complete());
    }

    [Fact]
    public void Too_little_room_is_disk_full_before_the_first_byte()
    {
        Failure("a", o => o with { Size = 101, FreeSpace = _ => 100 }).Reason.ShouldBe(FailureReason.DiskFull);
        _folder.Names.ShouldBeEmpty();
        Open("a", o => o with { Size = 100, FreeSpace = _ => 100 }).Abandon();
        Failure("a", o => o with { Size = long.MaxValue }).Reason.ShouldBe(FailureReason.DiskFull);
    }

    [Fact]
    public void A_full_disk_is_named()
    {
        string mount = _folder["small"];
        Directory.CreateDirectory(mount);
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount) == 0, "mounting a small disk takes root");
        try
        {
            PartialFile file = PartialFile.Open(Options("a") with { Directory = mount }).Value.ShouldNotBeNull();
            IOException full = Should.Throw<IOException>(() => file.Stream.Write(new byte[100_000]));
            FileFailure.ReasonOf(full).ShouldBe(FailureReason.DiskFull);
            file.Abandon(delete: true);
            PartialFile.Open(Options("a") with { Directory = mount, Size = 100_000 }).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.DiskFull);
        }
        finally
        {
            Shell("umount", mount).ShouldBe(0);
        }
    }

    [Fact]
    public void A_disk_that_may_only_be_read_is_a_matter_of_permission()
    {
        string mount = _folder["readonly"];
        Directory.CreateDirectory(mount);
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", mount) == 0, "mounting takes root");
        try
        {
            PartialFile.Open(Options("a") with { Directory = mount }).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Permission);
        }
        finally
        {
            Shell("umount", mount).ShouldBe(0);
        }
    }

    [Fact]
    public void Errors_have_their_reasons()
    {
        FileFailure.ReasonOf(new UnauthorizedAccessException()).ShouldBe(FailureReason.Permission);
        FileFailure.ReasonOf(new IOException("x", 28)).ShouldBe(FailureReason.DiskFull);
        FileFailure.ReasonOf(new IOException("x", 122)).ShouldBe(FailureReason.DiskFull);
        FileFailure.ReasonOf(new IOException("x", unchecked((int)0x80070070))).ShouldBe(FailureReason.DiskFull);
        FileFailure.ReasonOf(new IOException("x", 5)).ShouldBe(FailureReason.Io);
    }

    [Fact]
    public void A_folder_that_is_missing_is_an_io_failure()
    {
        PartialFile.Open(Options("a") with { Directory = _folder["missing"] }).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.Io);
        _folder.Names.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a\n")]
    public void A_name_that_was_not_sanitised_is_misuse(string name) =>
        Should.Throw<ArgumentException>(() => PartialFile.Open(Options(name)));

    private PartialFileOptions Options(string name) => new() { Directory = _folder.Path, Name = name };

    private PartialFile Open(string name, Func<PartialFileOptions, PartialFileOptions>? with = null)
    {
        FileResult<PartialFile> opened = PartialFile.Open((with ?? (o => o))(Options(name)));
        opened.Failure.ShouldBeNull();
        return opened.Value!;
    }

    private FileFailure Failure(string name, Func<PartialFileOptions, PartialFileOptions>? with = null) =>
        PartialFile.Open((with ?? (o => o))(Options(name))).Failure.ShouldNotBeNull();

    private static int Shell(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
