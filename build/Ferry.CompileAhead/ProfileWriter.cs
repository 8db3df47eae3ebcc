using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Ferry.CompileAhead;

/// <summary>
/// Writes a profile as crossgen2 reads it (`--mibc`; .NET's docs/design/features/mibc.md): an assembly with one method for each group of assemblies, in which every method of the
/// profile is named by ldtoken and pop, and a method AssemblyDictionary that names the groups.
/// </summary>
internal sealed class ProfileWriter
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private readonly MetadataBuilder _metadata = new();
    private readonly Dictionary<string, AssemblyReferenceHandle> _assemblies = [];
    private readonly Dictionary<Type, TypeReferenceHandle> _references = [];
    private readonly SortedDictionary<string, BlobBuilder> _groups = new(StringComparer.Ordinal);
    private readonly HashSet<(Type Type, string? Method, string Arguments)> _types = [];

    public int Types => _types.Count;

    public int Methods { get; private set; }

    /// <summary>The methods that are named; each once.</summary>
    public void Add(NamedMethods named)
    {
        var type = named.Type;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (_types.Add((type, named.Method, string.Join(';', named.Arguments))) is false) return;
        EntityHandle parent = type.IsGenericType ? _metadata.AddTypeSpecification(Signature(encoder => Encode(encoder, type))) : Reference(type);
        foreach (MethodBase method in definition.GetMethods(Declared).Concat<MethodBase>(definition.GetConstructors(Declared)))
        {
            var generic = method.IsGenericMethodDefinition ? method.GetGenericArguments().Length : 0;
            if (method.IsAbstract || generic != named.Arguments.Count || (named.Method is not null && method.Name != named.Method)) continue;
            EntityHandle reference = _metadata.AddMemberReference(parent, _metadata.GetOrAddString(method.Name), MethodSignature(method));
            if (generic > 0) reference = _metadata.AddMethodSpecification((MemberReferenceHandle)reference, Instantiation(named.Arguments));
            var il = GroupOf([type, .. named.Arguments]);
            il.WriteByte((byte)OpCodes.Ldtoken.Value);
            il.WriteInt32(MetadataTokens.GetToken(reference));
            il.WriteByte((byte)OpCodes.Pop.Value);
            Methods++;
        }
    }

    public void Write(string path)
    {
        var bodies = new BlobBuilder();
        var stream = new MethodBodyStreamEncoder(bodies);
        var nothing = Signature(encoder => { }, isVoidMethod: true);
        var dictionary = new BlobBuilder();
        var number = 0;
        MethodDefinitionHandle first = default;
        foreach (var (name, il) in _groups)
        {
            var method = AddMethod($"Group{number++}", il);
            if (first.IsNil) first = method;
            dictionary.WriteByte((byte)OpCodes.Ldstr.Value);
            dictionary.WriteInt32(MetadataTokens.GetToken(_metadata.GetOrAddUserString(name)));
            dictionary.WriteByte((byte)OpCodes.Ldtoken.Value);
            dictionary.WriteInt32(MetadataTokens.GetToken(method));
            dictionary.WriteByte((byte)OpCodes.Pop.Value);
        }

        AddMethod("AssemblyDictionary", dictionary);
        _metadata.AddTypeDefinition(default, default, _metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        _metadata.AddModule(0, _metadata.GetOrAddString("profile.mibc"), _metadata.GetOrAddGuid(new Guid("c1d6b4a0-7d7e-4c3c-9d7b-2c9a43c5b001")), default, default);
        _metadata.AddAssembly(_metadata.GetOrAddString("profile"), new Version(1, 0, 0, 0), default, default, default, AssemblyHashAlgorithm.None);
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(_metadata), bodies).Serialize(image);
        using var file = File.Create(path);
        image.WriteContentTo(file);

        MethodDefinitionHandle AddMethod(string name, BlobBuilder il)
        {
            il.WriteByte((byte)OpCodes.Ret.Value);
            var offset = stream.AddMethodBody(il.Count, maxStack: 8, exceptionRegionCount: 0, hasSmallExceptionRegions: true, localVariablesSignature: default, MethodBodyAttributes.None);
            new BlobWriter(offset.Instructions).WriteBytes(il.ToImmutableArray());
            return _metadata.AddMethodDefinition(MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.IL, _metadata.GetOrAddString(name), nothing, offset.Offset, default);
        }
    }

    // A group's name lists the assemblies that must be in the version bubble for it to count, the defining one first.
    private BlobBuilder GroupOf(IReadOnlyList<Type> types)
    {
        var names = new List<string>();
        foreach (var type in types) Collect(type);
        var key = string.Join(";", names.Take(1).Concat(names.Skip(1).Distinct().Where(name => name != names[0]).Order(StringComparer.Ordinal))) + ";";
        if (!_groups.TryGetValue(key, out var il)) _groups[key] = il = new BlobBuilder();
        return il;

        void Collect(Type part)
        {
            if (part.HasElementType)
            {
                Collect(part.GetElementType()!);
                return;
            }

            names.Add(part.Assembly.GetName().Name!);
            foreach (var argument in part.GenericTypeArguments) Collect(argument);
        }
    }

    private BlobHandle MethodSignature(MethodBase method)
    {
        var blob = new BlobBuilder();
        var parameters = method.GetParameters();
        new BlobEncoder(blob).MethodSignature(
            genericParameterCount: method.IsGenericMethodDefinition ? method.GetGenericArguments().Length : 0, isInstanceMethod: !method.IsStatic).Parameters(
            parameters.Length,
            value =>
            {
                if (method is not MethodInfo { ReturnType: var type } info || type == typeof(void)) value.Void();
                else Modified(value.CustomModifiers(), info.ReturnParameter, () => Encode(value.Type(type.IsByRef), type));
            },
            list =>
            {
                foreach (var parameter in parameters)
                {
                    var one = list.AddParameter();
                    Modified(one.CustomModifiers(), parameter, () => Encode(one.Type(parameter.ParameterType.IsByRef), parameter.ParameterType));
                }
            });
        return _metadata.GetOrAddBlob(blob);
    }

    private BlobHandle Instantiation(IReadOnlyList<Type> arguments)
    {
        var blob = new BlobBuilder();
        var encoder = new BlobEncoder(blob).MethodSpecificationSignature(arguments.Count);
        foreach (var argument in arguments) Encode(encoder.AddArgument(), argument);
        return _metadata.GetOrAddBlob(blob);
    }

    private void Modified(CustomModifiersEncoder modifiers, ParameterInfo parameter, Action encode)
    {
        foreach (var required in parameter.GetRequiredCustomModifiers()) modifiers.AddModifier(Reference(required), isOptional: false);
        foreach (var optional in parameter.GetOptionalCustomModifiers()) modifiers.AddModifier(Reference(optional), isOptional: true);
        encode();
    }

    private void Encode(SignatureTypeEncoder encoder, Type type)
    {
        if (type.IsByRef) type = type.GetElementType()!;
        if (type.IsGenericMethodParameter) encoder.GenericMethodTypeParameter(type.GenericParameterPosition);
        else if (type.IsGenericTypeParameter) encoder.GenericTypeParameter(type.GenericParameterPosition);
        else if (type.IsPointer && type.GetElementType() == typeof(void)) encoder.VoidPointer();
        else if (type.IsPointer) Encode(encoder.Pointer(), type.GetElementType()!);
        else if (type.IsSZArray) Encode(encoder.SZArray(), type.GetElementType()!);
        else if (Primitive(type) is { } code) encoder.PrimitiveType(code);
        else if (type == typeof(object)) encoder.Object();
        else if (type == typeof(string)) encoder.String();
        else if (type == typeof(nint)) encoder.IntPtr();
        else if (type == typeof(nuint)) encoder.UIntPtr();
        else if (type.IsGenericType)
        {
            var arguments = encoder.GenericInstantiation(Reference(type.GetGenericTypeDefinition()), type.GetGenericArguments().Length, type.IsValueType);
            foreach (var argument in type.GetGenericArguments()) Encode(arguments.AddArgument(), argument);
        }
        else encoder.Type(Reference(type), type.IsValueType);
    }

    private static PrimitiveTypeCode? Primitive(Type type) => type.IsEnum ? null : Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => PrimitiveTypeCode.Boolean,
        TypeCode.Char => PrimitiveTypeCode.Char,
        TypeCode.SByte => PrimitiveTypeCode.SByte,
        TypeCode.Byte => PrimitiveTypeCode.Byte,
        TypeCode.Int16 => PrimitiveTypeCode.Int16,
        TypeCode.UInt16 => PrimitiveTypeCode.UInt16,
        TypeCode.Int32 => PrimitiveTypeCode.Int32,
        TypeCode.UInt32 => PrimitiveTypeCode.UInt32,
        TypeCode.Int64 => PrimitiveTypeCode.Int64,
        TypeCode.UInt64 => PrimitiveTypeCode.UInt64,
        TypeCode.Single => PrimitiveTypeCode.Single,
        TypeCode.Double => PrimitiveTypeCode.Double,
        _ => null,
    };

    private TypeReferenceHandle Reference(Type type)
    {
        if (type.IsGenericType) type = type.GetGenericTypeDefinition();
        if (_references.TryGetValue(type, out var known)) return known;
        EntityHandle scope = type.DeclaringType is { } outer ? Reference(outer) : AssemblyOf(type);
        return _references[type] = _metadata.AddTypeReference(
            scope, type.DeclaringType is null && type.Namespace is { } space ? _metadata.GetOrAddString(space) : default, _metadata.GetOrAddString(type.Name));
    }

    private AssemblyReferenceHandle AssemblyOf(Type type)
    {
        var name = type.Assembly.GetName();
        if (_assemblies.TryGetValue(name.Name!, out var known)) return known;
        return _assemblies[name.Name!] = _metadata.AddAssemblyReference(
            _metadata.GetOrAddString(name.Name!), name.Version!, default, name.GetPublicKeyToken() is { Length: > 0 } token ? _metadata.GetOrAddBlob(token) : default, default, default);
    }

    private BlobHandle Signature(Action<SignatureTypeEncoder> encode, bool isVoidMethod = false)
    {
        var blob = new BlobBuilder();
        if (isVoidMethod) new BlobEncoder(blob).MethodSignature().Parameters(0, value => value.Void(), _ => { });
        else encode(new BlobEncoder(blob).TypeSpecificationSignature());
        return _metadata.GetOrAddBlob(blob);
    }
}
