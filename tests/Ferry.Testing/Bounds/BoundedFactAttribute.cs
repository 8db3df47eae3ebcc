using System.Runtime.CompilerServices;
using Xunit;
using Xunit.v3;

namespace Ferry.Testing.Bounds;

/// <summary>xunit's <c>[Fact]</c> with an end: every test project writes <c>[Fact]</c> and gets this one.</summary>
[XunitTestCaseDiscoverer(typeof(BoundedDiscoverer<FactDiscoverer>))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class BoundedFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : FactAttribute(sourceFilePath, sourceLineNumber);
