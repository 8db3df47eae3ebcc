using System.Diagnostics;
using System.Globalization;
using Ferry.Fuzz;

// dotnet run -c Release --project fuzz/Ferry.Fuzz -- [TARGET|all] [SECONDS] [SEED]
var wanted = args.Length > 0 ? args[0] : "all";
var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.TickCount;
var targets = Targets.All.Where(target => wanted == "all" || target.Name == wanted).ToList();
if (targets.Count == 0)
{
    Console.Error.WriteLine($"fuzz: no target called '{wanted}'; there are: {string.Join(", ", Targets.All.Select(target => target.Name))}");
    return 2;
}

foreach (var target in targets)
{
    var mutator = new Mutator(seed);
    var watch = Stopwatch.StartNew();
    long runs = 0;
    while (watch.Elapsed.TotalSeconds < seconds)
    {
        var input = mutator.Next(target.Seeds);
        try
        {
            target.Run(input);
            runs++;
        }
        catch (Exception finding)
        {
            Console.WriteLine($"{target.Name}: FOUND after {runs} runs, seed {seed}: {finding}");
            Console.WriteLine(Convert.ToBase64String(input));
            return 1;
        }
    }

    Console.WriteLine($"{target.Name}: {runs} inputs in {seconds} s, seed {seed}: nothing found");
}

return 0;
