using System.Security.Cryptography;
using Ferry.Net.Pumps;

namespace Ferry.Net.Tests.Pumps;

public sealed class FollowingHashTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly byte[] _bytes = new byte[700_001];
    private readonly RunningHashes _hashes = new(withMd5: true);

    public FollowingHashTests()
    {
        new Random(7).NextBytes(_bytes);
        File.WriteAllBytes(_path, _bytes);
    }

    public void Dispose()
    {
        _hashes.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_144)]
    [InlineData(700_001)]
    public async Task The_whole_file_is_hashed_and_the_mark_is_met(int marked)
    {
        using var file = File.OpenHandle(_path);
        await using var following = new FollowingHash(file, _hashes, new HashMark(marked, SHA256.HashData(_bytes.AsSpan(0, marked))));
        following.Advance(300_000);
        (await following.FinishAsync(_bytes.Length, TestContext.Current.CancellationToken)).ShouldBe(FollowEnd.Whole);
        _hashes.CurrentSha256().ShouldBe(SHA256.HashData(_bytes));
        _hashes.CurrentMd5().ShouldBe(MD5.HashData(_bytes));
    }

    [Fact]
    public async Task Another_beginning_is_told_at_once()
    {
        var told = new TaskCompletionSource();
        using var file = File.OpenHandle(_path);
        await using var following = new FollowingHash(file, _hashes, new HashMark(1000, SHA256.HashData([1])), told.SetResult);
        following.Advance(5000);
        await told.Task.WaitAsync(TestContext.Current.CancellationToken);
        (await following.FinishAsync(_bytes.Length, TestContext.Current.CancellationToken)).ShouldBe(FollowEnd.MarkDiffers);
    }

    [Fact]
    public async Task A_file_that_ends_early_is_named()
    {
        using var file = File.OpenHandle(_path);
        await using var following = new FollowingHash(file, _hashes);
        (await following.FinishAsync(_bytes.Length + 1, TestContext.Current.CancellationToken)).ShouldBe(FollowEnd.TooShort);
    }

    [Fact]
    public async Task It_stops_when_nobody_wants_it_any_more()
    {
        using var file = File.OpenHandle(_path);
        var following = new FollowingHash(file, _hashes);
        await following.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => following.FinishAsync(1, TestContext.Current.CancellationToken));
    }
}
