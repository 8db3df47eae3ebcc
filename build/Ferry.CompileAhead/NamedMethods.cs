namespace Ferry.CompileAhead;

/// <summary>
/// Lines of a list: a type, written as .NET does but without assemblies (<c>Namespace.Outer`1+Inner`1[A,B]</c>), means its methods; <c>Type::Method[A]</c> a generic method
/// of it, in each of its overloads. <c>#</c> begins a remark.
/// </summary>
/// <param name="Type">With all its arguments.</param>
/// <param name="Method">Null: all that are not generic themselves.</param>
/// <param name="Arguments">The method's.</param>
internal sealed record NamedMethods(Type Type, string? Method, IReadOnlyList<Type> Arguments)
{
    public static IEnumerable<NamedMethods> Read(string path, Assemblies assemblies, TextWriter complaints)
    {
        foreach (var line in File.ReadLines(path))
        {
            var text = line.Split('#')[0].Trim();
            if (text.Length == 0) continue;
            if (Parse(text, assemblies) is { } named) yield return named;
            else complaints.WriteLine($"{path}: there is no {text} any more; take it out of the list");
        }
    }

    private static NamedMethods? Parse(string text, Assemblies assemblies)
    {
        var colons = text.IndexOf("::", StringComparison.Ordinal);
        var type = new TypeNameParser(colons < 0 ? text : text[..colons], assemblies).Parse();
        if (type is null) return null;
        if (colons < 0) return new NamedMethods(type, null, []);
        var bracket = text.IndexOf('[', colons);
        if (bracket < 0 || !text.EndsWith(']')) return null;
        var arguments = text[(bracket + 1)..^1].Split(';').Select(argument => new TypeNameParser(argument, assemblies).Parse()).ToList();
        return arguments.Contains(null) ? null : new NamedMethods(type, text[(colons + 2)..bracket], [.. arguments.Select(argument => argument!)]);
    }
}
