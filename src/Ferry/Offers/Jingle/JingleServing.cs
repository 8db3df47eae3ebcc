using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.StreamInitiation;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>Answers a peer's request for a file (XEP-0234 section 4.2): what is shared goes out, everything else is not available, whatever the reason.</summary>
internal sealed class JingleServing(OfferContext context, JingleSessionLoop loop, JinglePart part)
{
    /// <summary>Looks for the file and sends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        RequestedFile? found = null;
        try
        {
            found = await FindAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client ends.
        }

        var range = part.File.Range is { IsWhole: false } wanted ? wanted : null;
        if (found is null || range?.FitsIn(found.File.Size) == false)
        {
            if (found is not null) await found.DisposeAsync().ConfigureAwait(false);
            part.Decline(FileReasons.NotAvailable);
            return;
        }

        var file = OutgoingFile.Of(found.File, new SendOptions { Name = found.Name });
        await using var owned = file.ConfigureAwait(false);
        await SendAsync(file, found, range, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RequestedFile?> FindAsync(CancellationToken cancellationToken) => context.Requests is { } requests
        ? await requests.OpenAsync(new FileRequest(loop.Peer.Jid, part.File.Name, part.File.Hashes), cancellationToken).ConfigureAwait(false)
        : null;

    private async Task SendAsync(OutgoingFile file, RequestedFile found, FileRange? range, CancellationToken cancellationToken)
    {
        var transfer = RandomId.Create(10);
        using var scope = context.LogScope(transfer);
        var report = context.OutgoingReport(transfer, loop.Peer.Jid, found.Name, JingleOfferKind.KindName);
        found.Began?.Invoke(transfer, JingleOfferKind.KindName);
        part.File = new FileDescription
        {
            Name = found.Name,
            Size = file.Length,
            Date = file.Modified,
            Range = range ?? new FileRange(),
            Hashes = found.Sha256 is { } hex ? [FileHash.Sha256(hex)] : [],
            HashesToCome = [HashFunction.Sha256.Name],
        };
        part.Accept(new JingleTerms(context.Methods.Allowed(context.Options.Methods, []), report.Attempt) { Agreed = report.Agreed, Range = range });
        MethodResult opened;
        using (cancellationToken.Register(part.Cancel)) opened = await part.Opened.ConfigureAwait(false);
        if (opened.Channel is not { } channel)
        {
            found.Ended?.Invoke(report.Fail(opened.Failure!.Reason, Phase.Negotiating, opened.Failure.Side, opened.Failure.Text));
            return;
        }

        var part2 = range is null ? null : new SiRange(range.Offset, range.Length);
        var outcome = await file.SendAsync(channel, report, null, context.Options.TimeProvider, cancellationToken, part2, told: part).ConfigureAwait(false);
        if (outcome.Succeeded) context.RequestRate.Return(loop.Peer.Jid);
        await part.FinishAsync(outcome).ConfigureAwait(false);
        found.Ended?.Invoke(outcome);
    }
}
