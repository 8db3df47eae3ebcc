using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Requests;

namespace Ferry.Tests.Jingle;

/// <summary>Files that are asked for by Jingle.</summary>
public sealed class JingleRequestTests
{
    [Theory]
    [InlineData("s5b-direct")]
    [InlineData("ibb")]
    public async Task A_shared_file_comes_to_who_asks_and_both_know_that_it_is_right(string method)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var path = harbour.File("film.mkv", 200_000);
        await using var bob = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { Requests = new Shelf(path) });
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        var got = await alice.GetAsync(bob.Jid, "film.mkv", harbour.Inbox, new GetOptions { Methods = [method] }).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (got.Offer, got.Method, got.VerifiedBy).ShouldBe(("jingle", method, "sha-256"));
        got.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path))));
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_forbidden_are_answered_alike()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob", "carol");
        var path = harbour.File("film.mkv", 10);
        var bob = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { Requests = new Shelf(path) { Only = Harbour.Address("alice") } });
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        var carol = await harbour.ConnectAsync("carol", JingleLoopbackTests.ByJingle);
        var unknown = await alice.GetAsync(bob.Jid, "other.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        var forbidden = await carol.GetAsync(bob.Jid, "film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        (unknown.Failure!.Reason, unknown.Failure.Message).ShouldBe((forbidden.Failure!.Reason, forbidden.Failure.Message));
        harbour.Received.ShouldBeEmpty();
    }

    private sealed class Shelf(string path) : IFileRequests
    {
        public Jid? Only { get; init; }

        public bool MayAsk(Jid asker) => true;

        public Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken)
        {
            var right = request.Path == Path.GetFileName(path) && (Only is null || request.Asker.Bare == Only);
            return Task.FromResult(right ? new RequestedFile(SourceFile.Open(path).Value!, "shelf/" + request.Path, null) : null);
        }
    }
}
