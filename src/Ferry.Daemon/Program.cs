using System.Collections;
using Ferry.Daemon.Commands;

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
return await CommandLine.RunAsync(args, environment, Console.Out, Console.Error);
