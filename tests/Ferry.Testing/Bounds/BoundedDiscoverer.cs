using Xunit.Sdk;
using Xunit.v3;

namespace Ferry.Testing.Bounds;

/// <summary>Finds the tests of a <see cref="BoundedFactAttribute"/> or a <see cref="BoundedTheoryAttribute"/> as xunit finds its own.</summary>
/// <typeparam name="TOwn">xunit's discoverer.</typeparam>
public sealed class BoundedDiscoverer<TOwn> : IXunitTestCaseDiscoverer
    where TOwn : IXunitTestCaseDiscoverer, new()
{
    private readonly TOwn _own = new();

    public ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        TestBound.Set(testMethod, factAttribute);
        return _own.Discover(discoveryOptions, testMethod, factAttribute);
    }
}
