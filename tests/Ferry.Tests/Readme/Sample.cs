using Ferry.Protocol.Addressing;

namespace Ferry.Tests.Readme;

/// <summary>README's samples: what stands between the marks is README's text, word for word (<see cref="ReadmeTests"/>).</summary>
internal static class Sample
{
    public static async Task SendAsync(FerryOptions options, Jid bob, string path, TextWriter output)
    {
        // <send>
        await using var client = await FerryClient.ConnectAsync(options);
        var progress = new Progress<TransferProgress>(now => output.WriteLine($"{now.Bytes} of {now.Total} bytes by {now.Method}"));
        var outcome = await client.SendAsync(path, bob, new SendOptions { Progress = progress });
        output.WriteLine(outcome.Failure is { } failure
            ? $"not sent: {failure.Reason}, {failure.Message}"
            : $"{outcome.Name} sent to {outcome.Peer}, SHA-256 {outcome.Sha256}");
        // </send>
    }

    public static async Task ReceiveAsync(FerryOptions options, Jid alice, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        // <receive>
        await using var client = await FerryClient.ConnectAsync(options with { AcceptFrom = PeerPolicy.Only(alice) }, cancellationToken);
        await foreach (var offer in client.IncomingOffersAsync(cancellationToken))
        {
            if (offer.Size > 1_000_000_000)
            {
                await offer.DeclineAsync(cancellationToken);
                continue;
            }

            var outcome = await offer.AcceptAsync(folder, new ReceiveOptions { Existing = ExistingFile.Rename }, cancellationToken);
            output.WriteLine(outcome.Failure is { } failure
                ? $"{offer.Name} did not arrive: {failure.Reason}, {failure.Message}"
                : $"{outcome.Path} from {outcome.Peer}");
        }
        // </receive>
    }
}
