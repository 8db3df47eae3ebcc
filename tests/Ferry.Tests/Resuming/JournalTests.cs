using Ferry.Resuming;
using Ferry.Tests.Files;
using Ferry.Protocol.Addressing;

namespace Ferry.Tests.Resuming;

public sealed class JournalTests : IDisposable
{
    private const string Partial = "/somewhere/.a.ferry-part";
    private static readonly FileIdentity Identity = new(Jid.Parse("alice@example.org"), "a", 100, null, DateTimeOffset.UnixEpoch);
    private readonly TempFolder _folder = new();
    private readonly Journal _journal;

    public JournalTests() => _journal = new Journal(_folder["state"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_read_and_only_by_its_owner()
    {
        var entry = JournalEntry.Of(Partial, Identity) with { Bytes = 50, Hashed = 40, Sha256 = new string('a', 64) };
        _journal.TryWrite(entry).ShouldBeTrue();
        _journal.Read(Partial).ShouldBe(entry);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Directory.GetFiles(_folder["state"]).ShouldHaveSingleItem()).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(_folder["state"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _journal.Remove(Partial);
        _journal.Read(Partial).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":2,\"partial\":\"/somewhere/.a.ferry-part\",\"sender\":\"a@b\",\"name\":\"a\",\"size\":100}")]
    [InlineData("{\"version\":1,\"partial\":\"/elsewhere\",\"sender\":\"a@b\",\"name\":\"a\",\"size\":100}")]
    [InlineData("{\"version\":1,\"partial\":\"/somewhere/.a.ferry-part\",\"sender\":\"a@b\",\"name\":\"a\",\"size\":100,\"bytes\":101}")]
    [InlineData("{\"version\":1,\"partial\":\"/somewhere/.a.ferry-part\",\"sender\":\"a@b\",\"name\":\"a\",\"size\":100,\"bytes\":-1}")]
    [InlineData("{\"version\":1,\"partial\":\"/somewhere/.a.ferry-part\",\"sender\":\"a@b\",\"name\":\"a\",\"size\":100,\"bytes\":9,\"hashed\":10}")]
    [InlineData("{\"version\":1,\"partial\":\"/somewhere/.a.ferry-part\",\"sender\":\"a@b\",\"name\":\"a\",\"size\":100,\"bytes\":9,\"hashed\":9,\"sha256\":\"zz\"}")]
    public void What_makes_no_sense_is_no_entry(string text)
    {
        _journal.TryWrite(JournalEntry.Of(Partial, Identity)).ShouldBeTrue();
        _journal.Read(Partial).ShouldNotBeNull();
        File.WriteAllText(Directory.GetFiles(_folder["state"]).Single(), text);
        _journal.Read(Partial).ShouldBeNull();
    }

    [Fact]
    public void An_entry_that_is_too_long_is_none()
    {
        _journal.TryWrite(JournalEntry.Of(Partial, Identity) with { Sender = new string('a', Journal.MostBytes) }).ShouldBeTrue();
        _journal.Read(Partial).ShouldBeNull();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_costs_the_resumption_only()
    {
        File.WriteAllText(_folder["state"], "a file");
        _journal.TryWrite(JournalEntry.Of(Partial, Identity)).ShouldBeFalse();
        _journal.Read(Partial).ShouldBeNull();
        _journal.Remove(Partial);
        _journal.Prune();
    }

    [Fact]
    public void The_oldest_entries_go()
    {
        Directory.CreateDirectory(_folder["state"]);
        for (var i = 0; i < Journal.Most; i++) File.WriteAllText(Path.Combine(_folder["state"], $"{i}.json"), "");
        var old = Path.Combine(_folder["state"], "old.json");
        File.WriteAllText(old, "");
        File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        _journal.Prune();
        Directory.GetFiles(_folder["state"]).Length.ShouldBe(Journal.Most);
        File.Exists(old).ShouldBeFalse();
    }
}
