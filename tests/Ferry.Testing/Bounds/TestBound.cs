using Xunit;
using Xunit.v3;

namespace Ferry.Testing.Bounds;

/// <summary>
/// How long any test may take. A test that waits for something that never comes fails by its own name, and those beside and behind it still run: one
/// hang once took a whole project's results with it.
/// </summary>
internal static class TestBound
{
    /// <summary>Far above what any of them takes on a slow machine, far below what a run may take.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(4);

    /// <summary>With <c>FERRY_TEST_LONG</c> some tests move gigabytes.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(60);

    /// <summary>Sets the bound where the test names none of its own; xunit can end only tests that are asynchronous.</summary>
    public static void Set(IXunitTestMethod method, IFactAttribute attribute)
    {
        if (attribute is not FactAttribute { Timeout: 0 } fact || !IsAsynchronous(method.Method.ReturnType)) return;
        var bound = Environment.GetEnvironmentVariable("FERRY_TEST_LONG") is { Length: > 0 } ? Long : Usual;
        fact.Timeout = (int)bound.TotalMilliseconds;
    }

    private static bool IsAsynchronous(Type result) => typeof(Task).IsAssignableFrom(result) || result == typeof(ValueTask);
}
