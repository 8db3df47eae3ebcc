using System.Runtime.InteropServices;
using System.Text;
using Ferry.Sharing;
using Ferry.Sharing.Folders;
using Ferry.Tests.Files;

namespace Ferry.Tests.Sharing.Folders;

public sealed class FolderLookTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Finds_files_with_their_sizes_and_paths_folder_by_folder()
    {
        Write("b.txt", 3);
        Write("a/deep/er/x.bin", 10);
        Write("a/y.txt", 0);

        Look().Files.Select(file => (file.FullPath, file.Size)).ShouldBe([("docs/a/deep/er/x.bin", 10), ("docs/a/y.txt", 0), ("docs/b.txt", 3)]);
    }

    [Fact]
    public void Hidden_files_and_folders_and_partial_files_are_none()
    {
        Write(".profile", 1);
        Write(".git/config", 1);
        Write("a/.film.mkv.ferry-part", 1);
        Write("a/film.mkv", 1);

        var look = Look();
        look.Files.Select(file => file.FullPath).ShouldBe(["docs/a/film.mkv"]);
        look.LeftOut.ShouldBe(0);
    }

    [Fact]
    public void Links_are_not_followed_wherever_they_lead()
    {
        using var outside = new TempFolder();
        File.WriteAllText(outside["secret"], "s");
        Write("in", 1);
        File.CreateSymbolicLink(_folder["file"], outside["secret"]);
        File.CreateSymbolicLink(_folder["inner"], _folder["in"]);
        File.CreateSymbolicLink(_folder["nowhere"], _folder["gone"]);
        Directory.CreateSymbolicLink(_folder["folder"], outside.Path);
        Directory.CreateSymbolicLink(_folder["round"], _folder.Path);

        Look().Files.Select(file => file.FullPath).ShouldBe(["docs/in"]);
    }

    [Fact]
    public void What_nobody_could_ask_for_is_left_out_and_counted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems have no such names");
        Write("good", 1);
        Write("with\\backslash", 1);
        Write("with\nline", 1);
        Write(new string('a', 200) + "/" + new string('b', 60), 1); // 266 bytes with the share's name
        Write("e\u0301", 1); // decomposed and composed: one path on the wire
        Write("\u00e9", 1);

        var look = Look();
        look.Files.Select(file => file.Path).ShouldBe(["e\u0301".Normalize(NormalizationForm.FormC), "good"], ignoreOrder: true);
        look.Files.Single(file => file.Path == "\u00e9").OnDisk.ShouldBe("e\u0301");
        look.LeftOut.ShouldBe(4);
    }

    [Fact]
    public void More_files_than_may_be_shared_end_the_look()
    {
        for (var i = 0; i < 20; i++) Write($"{i:00}", 1);

        var look = FolderLook.Of(new SharedFolder(_folder.Path, "docs"), 10, CancellationToken.None);
        look.IsTooMuch.ShouldBeTrue();
        look.Files.Count.ShouldBe(10);
    }

    [Fact]
    public void Pipes_are_no_files_and_do_not_hang()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        Make("pipe").ShouldBe(0);
        using var folder = FolderItems.Open(_folder.Path)!;

        folder.OpenFile("pipe").ShouldBeNull();
    }

    [Fact]
    public void Devices_are_no_files()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev");
        using var folder = FolderItems.Open("/dev")!;

        folder.OpenFile("zero").ShouldBeNull();
        folder.OpenFile("null").ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_opened_through_a_link_or_above_the_folder(bool portable)
    {
        using var outside = new TempFolder();
        File.WriteAllText(outside["secret"], "s");
        Write("in/ok", 1);
        File.CreateSymbolicLink(_folder["file"], outside["secret"]);
        Directory.CreateSymbolicLink(_folder["folder"], outside.Path);
        using IFolder folder = portable ? PortableFolder.Open(_folder.Path)! : FolderItems.Open(_folder.Path)!;

        folder.OpenFile("file").ShouldBeNull();
        folder.OpenFolder("folder").ShouldBeNull();
        folder.OpenFolder("..").ShouldBeNull();
        folder.OpenFolder(".").ShouldBeNull();
        folder.OpenFolder("in/..").ShouldBeNull();
        folder.OpenFile("../" + Path.GetFileName(outside.Path) + "/secret").ShouldBeNull();
        folder.OpenFile(outside["secret"]).ShouldBeNull();
        folder.OpenFile("").ShouldBeNull();
        folder.OpenFile("in").ShouldBeNull();
        using var inner = folder.OpenFolder("in");
        using var file = inner.ShouldNotBeNull().OpenFile("ok");
        file.ShouldNotBeNull();
    }

    /// <summary>Somebody swaps a folder and a link to one outside again and again; whatever is opened meanwhile is never what lies outside.</summary>
    [Fact]
    public async Task A_folder_that_becomes_a_link_while_it_is_opened_leads_nowhere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere there is no such promise");
        using var outside = new TempFolder();
        File.WriteAllText(outside["f"], "outside");
        Write("real/f", 0);
        File.WriteAllText(_folder["real/f"], "inside");
        Directory.CreateSymbolicLink(_folder[".link"], outside.Path);
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Directory.Move(_folder["real"], _folder[".aside"]);
                    Directory.Move(_folder[".link"], _folder["real"]);
                    Directory.Move(_folder["real"], _folder[".link"]);
                    Directory.Move(_folder[".aside"], _folder["real"]);
                    // Else who opens may wait for the same one of these locks each time, and find the same state.
                    Thread.SpinWait(Random.Shared.Next(2000));
                }
            },
            CancellationToken.None);

        var (opened, missed) = (0, 0);
        for (var i = 0; i < 20_000 || (i < 1_000_000 && (opened == 0 || missed == 0)); i++)
        {
            using var root = FolderItems.Open(_folder.Path)!;
            using var inner = root.OpenFolder("real");
            using var handle = inner?.OpenFile("f");
            if (handle is null)
            {
                missed++;
                continue;
            }

            opened++;
            var content = new byte[16];
            Encoding.UTF8.GetString(content, 0, RandomAccess.Read(handle, content, 0)).ShouldBe("inside");
        }

        await stop.CancelAsync();
        await swapping;
        (opened, missed).ShouldSatisfyAllConditions(both => both.opened.ShouldBePositive(), both => both.missed.ShouldBePositive());
    }

    private FolderLook Look() => FolderLook.Of(new SharedFolder(_folder.Path, "docs"), 1000, CancellationToken.None);

    private void Write(string path, int bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllBytes(_folder[path], new byte[bytes]);
    }

    private int Make(string pipe) => MakePipe(_folder[pipe], 0x180);

#pragma warning disable CA2101, SYSLIB1054 // UTF-8 is what Linux takes
    [DllImport("libc", EntryPoint = "mkfifo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakePipe([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
#pragma warning restore CA2101, SYSLIB1054
}
