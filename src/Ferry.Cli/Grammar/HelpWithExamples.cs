using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Ferry.Cli.Grammar;

/// <summary>The library's help, and under it the verb's examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Verb { Examples.Count: > 0 } verb) Write(verb, parseResult.InvocationConfiguration.Output);
        return result;
    }

    private static void Write(Verb verb, TextWriter output)
    {
        if (verb.HasSettings) output.WriteLine("Each option can also be set as FERRY_NAME (FERRY_PASSWORD_FILE) and as 'name = value' in $XDG_CONFIG_HOME/ferry/config.\n");
        output.WriteLine(verb.Examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in verb.Examples)
        {
            output.WriteLine($"  {example.CommandLine}");
            output.WriteLine($"      {example.Does}");
        }

        output.WriteLine();
    }
}
