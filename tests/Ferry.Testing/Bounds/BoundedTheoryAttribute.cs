using System.Runtime.CompilerServices;
using Xunit;
using Xunit.v3;

namespace Ferry.Testing.Bounds;

/// <summary>xunit's <c>[Theory]</c> with an end for each of its rows: every test project writes <c>[Theory]</c> and gets this one.</summary>
[XunitTestCaseDiscoverer(typeof(BoundedDiscoverer<TheoryDiscoverer>))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class BoundedTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : TheoryAttribute(sourceFilePath, sourceLineNumber);
