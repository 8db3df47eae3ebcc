using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ferry.Tests;

/// <summary>
/// What the library promises to those who use it, as text: PublicApi.approved.txt. To change it on purpose run this test with
/// FERRY_APPROVE_API=1 and commit the file with the change.
/// </summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public async Task The_public_surface_is_the_approved_one()
    {
        var actual = Surface(typeof(FerryClient).Assembly);
        var file = Approved();
        if (Environment.GetEnvironmentVariable("FERRY_APPROVE_API") == "1") await File.WriteAllTextAsync(file, actual);
        var approved = (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n");
        var (old, now) = (approved.Split('\n'), actual.Split('\n'));
        var difference = now.Except(old).Select(line => "+ " + line).Concat(old.Except(now).Select(line => "- " + line));
        (actual == approved).ShouldBeTrue($"the public API differs; if that is meant, run this test with FERRY_APPROVE_API=1\n{string.Join('\n', difference)}");
    }

    private static string Surface(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.FullName).Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum) return "enum";
        if (type.IsInterface) return "interface";
        var record = type.GetMethod("<Clone>$", Declared) is not null ? "record " : "";
        var form = type switch
        {
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        return record + form;
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        var constructors = type.GetConstructors(Declared).Where(IsVisible).Select(made => $"new({Parameters(made)})");
        var methods = type.GetMethods(Declared)
            .Where(method => IsVisible(method) && !method.IsSpecialName && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
            .Select(method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}({Parameters(method)})");
        var properties = type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible)).Select(Property);
        var fields = type.GetFields(Declared).Where(field => field.IsPublic).Select(field => $"{(field.IsLiteral ? "const " : "")}{Name(field.FieldType)} {field.Name}");
        return [.. constructors, .. methods, .. properties, .. fields];
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Property(PropertyInfo property)
    {
        var required = property.GetCustomAttribute<RequiredMemberAttribute>() is null ? "" : "required ";
        var setter = property.SetMethod is not { } set || !IsVisible(set) ? ""
            : set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        var nullable = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable && !property.PropertyType.IsValueType ? "?" : "";
        return $"{required}{Static(property.GetAccessors(nonPublic: true)[0])}{Name(property.PropertyType)}{nullable} {property.Name} {{ get;{setter} }}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var nullable = new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable && !parameter.ParameterType.IsValueType ? "?" : "";
        return $"{Name(parameter.ParameterType)}{nullable} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}";
    }));

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Name(inner) + "?";
        if (!type.IsGenericType) return type.Name;
        return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }

    private static string Approved([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "PublicApi.approved.txt");
}
