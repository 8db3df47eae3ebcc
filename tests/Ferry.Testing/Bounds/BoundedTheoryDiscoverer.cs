using Xunit.Sdk;
using Xunit.v3;

namespace Ferry.Testing.Bounds;

/// <summary>Finds a <see cref="BoundedTheoryAttribute"/>'s tests.</summary>
public sealed class BoundedTheoryDiscoverer : TheoryDiscoverer
{
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        TestBound.Set(testMethod, factAttribute);
        return base.Discover(discoveryOptions, testMethod, factAttribute);
    }
}
