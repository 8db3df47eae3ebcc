using System.Reflection;
using System.Runtime.CompilerServices;

namespace Ferry.CompileAhead;

/// <summary>
/// The objects that hold an async method's state between its awaits. crossgen2 compiles them where the method yields nothing; where it yields a value of a
/// reference type, or a structure of such, it finds them through a dictionary at run time and leaves them to be compiled at each start.
/// </summary>
internal static class AsyncBoxes
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type Box = typeof(AsyncTaskMethodBuilder<>).GetNestedType("AsyncStateMachineBox`1", BindingFlags.NonPublic)
        ?? throw new InvalidOperationException("this .NET has another kind of box");

    public static IEnumerable<Type> Of(Assemblies assemblies) =>
        from assembly in assemblies.Ours
        from type in Assemblies.TypesOf(assembly)
        where typeof(IAsyncStateMachine).IsAssignableFrom(type) && type.IsValueType
        let machine = type.IsGenericTypeDefinition ? Filled(type) : type
        where machine is not null
        let builder = BuilderOf(machine)
        where builder is { IsGenericType: true } && builder.GetGenericTypeDefinition() == typeof(AsyncTaskMethodBuilder<>)
        select Box.MakeGenericType(builder.GetGenericArguments()[0], machine);

    private static Type? BuilderOf(Type machine)
    {
        try
        {
            return machine.GetFields(Any).FirstOrDefault(field => field.Name == "<>t__builder")?.FieldType;
        }
        catch (FileNotFoundException)
        {
            return null; // it has to do with a server's types
        }
    }

    // All reference types share one compiled form: object stands for them.
    private static Type? Filled(Type definition)
    {
        try
        {
            return definition.MakeGenericType([.. definition.GetGenericArguments().Select(_ => typeof(object))]);
        }
        catch (ArgumentException)
        {
            return null; // a constraint
        }
    }
}
