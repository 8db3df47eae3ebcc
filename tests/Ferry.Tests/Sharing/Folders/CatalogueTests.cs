using Ferry.Sharing.Folders;

namespace Ferry.Tests.Sharing.Folders;

public sealed class CatalogueTests
{
    private static readonly DateTime Then = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly Catalogue _catalogue = new();

    [Fact]
    public void Lists_a_folder_without_what_lies_deeper()
    {
        Put("a/x", "a/b/y", "a/b/z", "a-b", "a!", "c/d/e", "z");

        var (folders, files) = _catalogue.List("docs");
        folders.ShouldBe(["a", "c"]);
        files.Select(file => file.Name).ShouldBe(["a!", "a-b", "z"]);
        _catalogue.List("docs/a").Folders.ShouldBe(["b"]);
        _catalogue.List("docs/a").Files.Select(file => file.Name).ShouldBe(["x"]);
        _catalogue.List("docs/nothing").Files.ShouldBeEmpty();
        _catalogue.List("doc").Folders.ShouldBeEmpty();
    }

    [Fact]
    public void A_bare_name_finds_the_only_file_of_that_name()
    {
        Put("a/one", "a/two", "b/two");

        _catalogue.FindByName("one")!.FullPath.ShouldBe("docs/a/one");
        _catalogue.FindByName("two").ShouldBeNull();
        _catalogue.FindByName("ONE").ShouldBeNull();
        Put("a/one", "a/two");
        _catalogue.FindByName("two")!.FullPath.ShouldBe("docs/a/two");
    }

    [Fact]
    public void A_hash_finds_the_first_file_with_that_content_and_goes_with_it()
    {
        Put("b", "a");
        var hash = new string('0', 64);
        foreach (var name in new[] { "docs/a", "docs/b" })
        {
            _catalogue.TryFind(name, out var file).ShouldBeTrue();
            _catalogue.SetHash(file, hash);
        }

        _catalogue.FindByHash(hash)!.Path.ShouldBe("a");
        Put("b");
        _catalogue.FindByHash(hash)!.Path.ShouldBe("b");
        Put();
        _catalogue.FindByHash(hash).ShouldBeNull();
    }

    [Fact]
    public void A_hash_of_what_a_file_was_is_not_taken_for_what_it_is()
    {
        Put("a");
        _catalogue.TryFind("docs/a", out var old).ShouldBeTrue();
        _catalogue.Replace("docs", [File("a", size: 2)], _ => true, _ => null).ShouldBeTrue();
        _catalogue.SetHash(old, new string('0', 64));

        _catalogue.TryFind("docs/a", out var now).ShouldBeTrue();
        now.Sha256.ShouldBeNull();
    }

    [Fact]
    public void A_restless_file_stays_what_it_was_and_a_new_one_is_not_shown()
    {
        Put("old");
        _catalogue.Replace("docs", [File("old", size: 9), File("new")], _ => false, _ => null).ShouldBeFalse();

        _catalogue.TryFind("docs/old", out var file).ShouldBeTrue();
        file.Size.ShouldBe(1);
        _catalogue.Count.ShouldBe(1);
    }

    [Fact]
    public void A_reader_hears_each_path_once_as_it_is_then()
    {
        Put("a", "b");
        using var reader = _catalogue.Follow("docs");
        var heard = 0;
        reader.Changed = () => heard++;
        reader.Take().Select(change => change.Path).ShouldBe(["docs/a", "docs/b"]);
        Put("a", "c");
        Put("a", "c", "d");
        _catalogue.Replace("other", [new SharedFile("other", "x", "x", 1, Then)], _ => true, _ => null);

        reader.Take().Select(change => (change.Path, change.File is null)).ShouldBe([("docs/b", true), ("docs/c", false), ("docs/d", false)]);
        heard.ShouldBe(1);
        reader.Take().ShouldBeEmpty();
    }

    private static SharedFile File(string path, long size = 1) => new("docs", path, path, size, Then);

    private void Put(params string[] paths) => _catalogue.Replace("docs", [.. paths.Select(path => File(path))], _ => true, _ => null);
}
