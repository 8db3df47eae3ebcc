namespace Ferry.CompileAhead;

/// <summary>One instantiated type: <c>Name[Argument,Argument]</c>, names without their assemblies.</summary>
internal sealed class TypeNameParser(string text, Assemblies assemblies)
{
    private static readonly string[] Where =
    [
        "System.Private.CoreLib", "System.Linq", "System.Collections", "System.Collections.Immutable", "System.Collections.Concurrent", "System.Private.Xml", "System.Threading.Channels", "System.Text.Json",
        "System.Net.Primitives", "System.Net.Sockets", "System.Net.Security", "System.Net.NetworkInformation", "System.Security.Cryptography", "System.CommandLine", "System.Private.Uri",
        "System.Text.RegularExpressions", "System.Diagnostics.DiagnosticSource", "Microsoft.Extensions.Logging.Abstractions",
    ];

    private int _at;

    /// <summary>Null: a name in it is unknown.</summary>
    public Type? Parse()
    {
        var start = _at;
        while (_at < text.Length && text[_at] is not ('[' or ',' or ']')) _at++;
        var name = text[start.._at];
        var arguments = new List<Type>();
        // T[] and T[,] are arrays.
        while (_at + 1 < text.Length && text[_at] == '[' && text[_at + 1] != ']')
        {
            do
            {
                _at++;
                if (Parse() is not { } argument) return null;
                arguments.Add(argument);
            }
            while (_at < text.Length && text[_at] == ',');
            if (_at >= text.Length) return null;
            _at++;
        }

        var type = Find(name);
        if (type is null) return null;
        if (arguments.Count > 0) type = Made(type, [.. arguments]);
        if (type is null) return null;
        while (_at + 1 < text.Length && text[_at] == '[' && text[_at + 1] == ']')
        {
            _at += 2;
            type = type.MakeArrayType();
        }

        return type;
    }

    private static Type? Made(Type definition, Type[] arguments)
    {
        try
        {
            return definition.MakeGenericType(arguments);
        }
        catch (ArgumentException)
        {
            return null; // another number of arguments, or a constraint
        }
    }

    private Type? Find(string name)
    {
        // All reference types share one compiled form: object stands for them.
        if (name is "System.__Canon") return typeof(object);
        foreach (var assembly in assemblies.Ours)
        {
            if (assembly.GetType(name) is { } ours) return ours;
        }

        foreach (var assembly in Where)
        {
            try
            {
                if (assemblies.Load(assembly).GetType(name) is { } found) return found;
            }
            catch (FileNotFoundException)
            {
                // A package that is not used any more.
            }
        }

        return null;
    }
}
