using Xunit.Sdk;
using Xunit.v3;

namespace Ferry.Testing.Bounds;

/// <summary>Finds a <see cref="BoundedFactAttribute"/>'s test.</summary>
public sealed class BoundedFactDiscoverer : FactDiscoverer
{
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        TestBound.Set(testMethod, factAttribute);
        return base.Discover(discoveryOptions, testMethod, factAttribute);
    }
}
