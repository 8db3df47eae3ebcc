using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Ferry.Cli.Grammar;

/// <summary><c>ferry --version</c>.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        parseResult.InvocationConfiguration.Output.WriteLine($"ferry {version}");
        return 0;
    }
}
