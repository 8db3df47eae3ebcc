using System.Reflection;
using System.Runtime.Loader;

namespace Ferry.CompileAhead;

/// <summary>The assemblies that are compiled, loaded to look at their types; what they refer to lies beside them or belongs to this .NET.</summary>
internal sealed class Assemblies
{
    private readonly Dictionary<string, string> _paths;

    public Assemblies(IReadOnlyList<string> paths)
    {
        _paths = paths.GroupBy(path => Path.GetFileNameWithoutExtension(path)).ToDictionary(group => group.Key, group => group.First());
        AssemblyLoadContext.Default.Resolving += (context, name) => _paths.TryGetValue(name.Name!, out var path) ? context.LoadFromAssemblyPath(Path.GetFullPath(path)) : null;
    }

    /// <summary>Those of the client.</summary>
    public IEnumerable<Assembly> Ours => ((string[])["Ferry", "Ferry.Cli", "Ferry.Net", "Ferry.Protocol"]).Where(_paths.ContainsKey).Select(Load);

    public Assembly Load(string name) => Assembly.Load(new AssemblyName(name));

    /// <summary>The types of an assembly that can be loaded; some want what is not here.</summary>
    public static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException some)
        {
            return some.Types.OfType<Type>();
        }
    }
}
