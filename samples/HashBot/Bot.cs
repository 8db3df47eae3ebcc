using System.Text;
using Ferry;
using Ferry.Protocol.Addressing;
using Microsoft.Extensions.Options;

namespace HashBot;

/// <summary>Takes every file of those who may send, keeps none, and sends back a small file with its SHA-256.</summary>
internal sealed class Bot(IOptions<BotOptions> configured, ILoggerFactory loggers, ILogger<Bot> logger) : BackgroundService
{
    private const int FilesAtOnce = 8;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly BotOptions _options = configured.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ServeAsync(stoppingToken);
                pause = TimeSpan.FromSeconds(1);
            }
            catch (FerryException failed)
            {
                logger.LogWarning("not connected ({Reason}): {Message}", failed.Reason, failed.Message);
            }

            await Task.Delay(pause, stoppingToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        await using var client = await FerryClient.ConnectAsync(await ClientOptionsAsync(cancellationToken), cancellationToken);
        logger.LogInformation("waiting for files as {Jid}", client.Jid);
        await Parallel.ForEachAsync(
            client.IncomingOffersAsync(cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = cancellationToken },
            async (offer, stop) => await AnswerAsync(client, offer, stop));
        if (await client.Completion is { } lost) throw lost;
    }

    private async Task AnswerAsync(FerryClient client, IncomingOffer offer, CancellationToken cancellationToken)
    {
        if (offer.Size > _options.MaxBytes)
        {
            await offer.DeclineAsync(cancellationToken);
            return;
        }

        var received = await offer.AcceptAsync(Stream.Null, cancellationToken: cancellationToken);
        if (!received.Succeeded)
        {
            logger.LogWarning("{Name} did not arrive: {Message}", offer.Name, received.Failure!.Message);
            return;
        }

        using var answer = new MemoryStream(Encoding.UTF8.GetBytes($"{received.Sha256}  {offer.Name}\n"));
        var sent = await client.SendAsync(answer, offer.Peer.Bare, new SendOptions { Name = offer.Name + ".sha256" }, cancellationToken);
        logger.LogInformation("{Name}: {Bytes} bytes, answered: {Answered}", offer.Name, received.Bytes, sent.Succeeded);
    }

    private async Task<FerryOptions> ClientOptionsAsync(CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(_options.PasswordFile, cancellationToken);
        var from = _options.From.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new FerryOptions
        {
            Account = Jid.Parse(_options.Account),
            Password = lines[0],
            Server = _options.Server.Length == 0 ? null : _options.Server,
            PinnedCertificate = _options.Pin.Length == 0 ? null : _options.Pin,
            AcceptFrom = PeerPolicy.Only(from.Select(Jid.Parse)),
            LoggerFactory = loggers,
        };
    }
}
