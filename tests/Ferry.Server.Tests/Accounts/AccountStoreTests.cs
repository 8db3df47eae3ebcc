using Ferry.Protocol.Addressing;
using Ferry.Protocol.Sasl;
using Ferry.Server.Accounts;
using Ferry.Server.Storage;

namespace Ferry.Server.Tests.Accounts;

public sealed class AccountStoreTests : IDisposable
{
    private static readonly Jid Alice = Jid.Parse("alice@localhost");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "ferry-store-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_account_from_its_making_to_its_end()
    {
        await using var store = await OpenAsync();
        (await store.RegisterAsync(Alice, "secret", default)).ShouldBe(AccountChange.Done);
        (await store.RegisterAsync(Alice, "other", default)).ShouldBe(AccountChange.Exists);
        (await store.RegisterAsync(Jid.Parse("localhost"), "x", default)).ShouldBe(AccountChange.BadAddress);
        (await store.RegisterAsync(Jid.Parse("a@localhost/r"), "x", default)).ShouldBe(AccountChange.BadAddress);
        (await store.RegisterAsync(Jid.Parse("b@localhost"), "", default)).ShouldBe(AccountChange.BadPassword);
        (await store.RegisterAsync(Jid.Parse("b@localhost"), "bell\a", default)).ShouldBe(AccountChange.BadPassword);
        (await store.ExistsAsync(Alice.WithResource("any"), default)).ShouldBeTrue();
        (await store.ListAsync(default)).ShouldBe([Alice]);

        foreach (var hash in new[] { ScramHash.Sha1, ScramHash.Sha256 })
        {
            var keys = (await store.CredentialsAsync(Alice, hash, default)).ShouldNotBeNull();
            keys.Accepts("secret").ShouldBeTrue();
            keys.Accepts("other").ShouldBeFalse();
        }

        (await store.SetPasswordAsync(Alice, "other", default)).ShouldBe(AccountChange.Done);
        (await store.SetPasswordAsync(Jid.Parse("b@localhost"), "other", default)).ShouldBe(AccountChange.Unknown);
        (await store.CredentialsAsync(Alice, ScramHash.Sha256, default))!.Accepts("other").ShouldBeTrue();
        (await store.RemoveAsync(Alice, default)).ShouldBe(AccountChange.Done);
        (await store.RemoveAsync(Alice, default)).ShouldBe(AccountChange.Unknown);
        (await store.CredentialsAsync(Alice, ScramHash.Sha256, default)).ShouldBeNull();
    }

    [Fact]
    public async Task The_password_is_not_in_the_files()
    {
        await using (var store = await OpenAsync()) await store.RegisterAsync(Alice, "correct horse battery", default);
        foreach (var file in Directory.GetFiles(_folder)) System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).ShouldNotContain("correct horse");
    }

    [Fact]
    public async Task Only_the_owner_can_open_the_files()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var store = await OpenAsync();
        await store.RegisterAsync(Alice, "secret", default);
        File.GetUnixFileMode(_folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.GetFiles(_folder)) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }

    [Fact]
    public async Task Two_use_the_store_at_once()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        var names = Enumerable.Range(0, 20).Select(i => Jid.Parse($"user{i:00}@localhost")).ToList();
        await Task.WhenAll(names.Select((name, i) => (i % 2 == 0 ? one : two).RegisterAsync(name, "x", default)));
        (await one.ListAsync(default)).ShouldBe(names);
        (await two.ListAsync(default)).ShouldBe(names);
        two.UnknownUserSecret.ShouldBe(one.UnknownUserSecret);
    }

    [Fact]
    public async Task A_store_from_the_future_is_left_alone()
    {
        await using (await OpenAsync())
        {
        }

        var file = Path.Combine(_folder, AccountStore.FileName);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        var refused = await Should.ThrowAsync<StoreException>(OpenAsync);
        refused.Message.ShouldContain("newer Ferry");
        refused.Message.ShouldContain(file);
    }

    [Fact]
    public async Task A_file_that_is_no_store_is_named()
    {
        Directory.CreateDirectory(_folder);
        var file = Path.Combine(_folder, AccountStore.FileName);
        await File.WriteAllTextAsync(file, new string('x', 5000));
        (await Should.ThrowAsync<StoreException>(OpenAsync)).Message.ShouldContain(file);
    }

    private Task<AccountStore> OpenAsync() => AccountStore.OpenAsync(_folder, CancellationToken.None);
}
