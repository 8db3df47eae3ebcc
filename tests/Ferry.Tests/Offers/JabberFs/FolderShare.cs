using System.Collections.Concurrent;
using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Protocol.Addressing;
using Ferry.Requests;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>Serves one folder as <c>docs</c> to everybody but one: as little of a share as the tests of asking need.</summary>
internal sealed class FolderShare(string folder, bool withHashes = true) : IFileRequests
{
    public ConcurrentQueue<FileRequest> Asked { get; } = new();

    public ConcurrentQueue<Outcome> Ended { get; } = new();

    public Jid? Refused { get; init; }

    public bool MayAsk(Jid asker) => asker.Bare != Refused;

    public Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken)
    {
        Asked.Enqueue(request);
        var name = request.Path!.StartsWith("docs/", StringComparison.Ordinal) ? request.Path["docs/".Length..] : request.Path;
        var path = Path.Combine(folder, name);
        if (!File.Exists(path) || SourceFile.Open(path) is not { Succeeded: true } opened) return Task.FromResult<RequestedFile?>(null);
        var sha256 = withHashes ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : null;
        return Task.FromResult<RequestedFile?>(new RequestedFile(opened.Value, "docs/" + name, sha256) { Ended = Ended.Enqueue });
    }
}
