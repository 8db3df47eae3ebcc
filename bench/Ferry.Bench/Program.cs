using System.Diagnostics;
using System.Globalization;
using Ferry;
using Ferry.Protocol.Addressing;

// Many transfers by the library in this process, from several accounts to one, at once or one after the other. One JSON line for bench/measure.
// Several accounts, because a peer may have only five offers waiting.
if (args is not [var server, var authority, var from, var to, var password, var folder, var file, var countText, "together" or "in-turn"])
{
    Console.Error.WriteLine("usage: Ferry.Bench SERVER CA FROM[,FROM…] TO PASSWORD FOLDER FILE COUNT together|in-turn");
    return 2;
}

var count = int.Parse(countText, CultureInfo.InvariantCulture);
FerryOptions Options(string account, PeerPolicy policy) => new()
{
    Account = Jid.Parse(account),
    Password = password,
    Server = server,
    CertificateAuthorities = [authority],
    AcceptFrom = policy,
    Methods = ["s5b-direct"],
};

await using var receiver = await FerryClient.ConnectAsync(Options(to, PeerPolicy.Anyone));
var senders = await Task.WhenAll(from.Split(',').Select(account => FerryClient.ConnectAsync(Options(account, PeerPolicy.Nobody))));
using var over = new CancellationTokenSource();
var receiving = ReceiveAsync(over.Token);
var clock = Stopwatch.StartNew();
var sent = new List<Outcome>();
if (args[^1] == "together")
{
    sent.AddRange(await Task.WhenAll(Enumerable.Range(0, count).Select(Send)));
}
else
{
    for (var i = 0; i < count; i++) sent.Add(await Send(i));
}

// An offer that failed never reached the other side: nobody waits for it.
if (sent.Any(outcome => !outcome.Succeeded)) await over.CancelAsync();
var received = await receiving;
var failures = sent.Concat(received).Where(outcome => !outcome.Succeeded).ToList();
foreach (var failure in failures.Take(5)) Console.Error.WriteLine(failure.Failure);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"type":"many","seconds":{{clock.Elapsed.TotalSeconds:0.000}},"failures":{{failures.Count}}}"""));
foreach (var sender in senders) await sender.DisposeAsync();
return failures.Count == 0 ? 0 : 1;

Task<Outcome> Send(int number) => senders[number % senders.Length].SendAsync(file, receiver.Jid, new SendOptions { Name = $"file{number}" });

async Task<Outcome[]> ReceiveAsync(CancellationToken noMore)
{
    var accepted = new List<Task<Outcome>>();
    try
    {
        await foreach (var offer in receiver.IncomingOffersAsync(noMore))
        {
            accepted.Add(offer.AcceptAsync(folder, cancellationToken: CancellationToken.None));
            if (accepted.Count == count) break;
        }
    }
    catch (OperationCanceledException)
    {
        // As many as there will be.
    }

    return await Task.WhenAll(accepted);
}
