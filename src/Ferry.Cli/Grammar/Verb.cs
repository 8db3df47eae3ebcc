using System.CommandLine;
using Ferry.Cli.Configuration;

namespace Ferry.Cli.Grammar;

/// <summary>A command of the grammar with examples, and with settings that the environment and the settings file know too.</summary>
internal sealed class Verb(string name, string description, params Example[] examples) : Command(name, description)
{
    /// <summary>Shown at the end of its help.</summary>
    public IReadOnlyList<Example> Examples { get; } = examples;

    /// <summary>Whether it takes any.</summary>
    public bool HasSettings { get; private set; }

    /// <summary>Adds options.</summary>
    public Verb Takes(IEnumerable<Setting> settings)
    {
        foreach (var setting in settings) Options.Add(setting.ToOption());
        HasSettings = true;
        return this;
    }

    /// <summary>
    /// What it does: <paramref name="bind"/> makes the options record, or notes problems with the reader; then nothing runs and the exit
    /// code is that of <c>usage</c>.
    /// </summary>
    public Verb Runs<TOptions>(VerbHost host, Func<SettingReader, TOptions?> bind, Func<TOptions, CancellationToken, Task<int>> run)
        where TOptions : class
    {
        SetAction((parsed, cancellationToken) =>
        {
            var reader = host.Read(parsed);
            var options = bind(reader);
            return options is null || reader.Problems.Count > 0 ? Task.FromResult(host.Refuse(parsed, reader.Problems)) : run(options, cancellationToken);
        });
        return this;
    }
}
