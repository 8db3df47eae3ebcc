using Ferry.Sharing.Folders;
using Ferry.Tests.Files;

namespace Ferry.Tests.Sharing.Folders;

public sealed class HashCacheTests : IDisposable
{
    private static readonly DateTime Then = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly string Hash = new('a', 64);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Is_remembered_by_path_size_and_date()
    {
        using (var first = Open()) first.Add(File("b/a file"), Hash);

        using var again = Open();
        again.Find(File("b/a file")).ShouldBe(Hash);
        again.Find(File("b/a file") with { Size = 2 }).ShouldBeNull();
        again.Find(File("b/a file") with { Modified = Then.AddTicks(1) }).ShouldBeNull();
        again.Find(File("other")).ShouldBeNull();
    }

    [Fact]
    public void A_line_that_a_crash_cut_off_costs_only_itself()
    {
        using (var first = Open()) first.Add(File("one"), Hash);
        var kept = Directory.GetFiles(_folder.Path).ShouldHaveSingleItem();
        System.IO.File.AppendAllText(kept, Hash[..20]);
        using (var second = Open()) second.Add(File("two"), Hash);

        using var third = Open();
        third.Find(File("one")).ShouldBe(Hash);
        third.Find(File("two")).ShouldBe(Hash);
    }

    [Fact]
    public void Holds_no_more_than_it_may()
    {
        using var cache = HashCache.Open(_folder.Path, "/shared", 2);
        foreach (var name in new[] { "a", "b", "c" }) cache.Add(File(name), Hash);

        cache.Find(File("b")).ShouldBe(Hash);
        cache.Find(File("c")).ShouldBeNull();
    }

    [Fact]
    public void What_is_written_again_and_again_does_not_grow_for_ever()
    {
        using (var cache = Open())
        {
            for (var i = 0; i < 3000; i++) cache.Add(File("a") with { Size = i }, Hash);
        }

        using (Open())
        {
        }

        System.IO.File.ReadAllLines(Directory.GetFiles(_folder.Path).ShouldHaveSingleItem()).ShouldHaveSingleItem();
    }

    [Fact]
    public void Is_for_nobody_else_to_read()
    {
        if (OperatingSystem.IsWindows()) return; // has no such modes
        using (var cache = Open()) cache.Add(File("a"), Hash);

        System.IO.File.GetUnixFileMode(Directory.GetFiles(_folder.Path).ShouldHaveSingleItem()).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static SharedFile File(string path) => new("docs", path, path, 1, Then);

    private HashCache Open() => HashCache.Open(_folder.Path, "/shared", 1000);
}
