using System.Globalization;
using Ferry.IndexBench;

// The index's store and its way through the embedded server. One JSON line for each row, for bench/measure.
if (args is not ["store", var database, var filesText, var ownersText, var searchesText] && args is not ["publish", _, _])
{
    Console.Error.WriteLine("usage: Ferry.IndexBench store DATABASE FILES OWNERS SEARCHES\n       Ferry.IndexBench publish FOLDER FILES");
    return 2;
}

if (args[0] == "publish")
{
    await PublishBench.RunAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
    return 0;
}

await StoreBench.RunAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));
return 0;
