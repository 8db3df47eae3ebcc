using System.Reflection;

namespace Ferry.Tests.Jingle;

/// <summary>Whatever exchange lies in the tree is replayed, with Ferry in the place of either end.</summary>
public sealed class JingleReplayCoverageTests
{
    [Fact]
    public void Every_exchange_is_played_to_Ferry_as_the_receiver() =>
        Named(typeof(JingleReceivingReplayTests)).ShouldBe(Exchanges("sender"));

    [Fact]
    public void Every_exchange_is_played_to_Ferry_as_the_sender() =>
        Named(typeof(JingleSendingReplayTests)).ShouldBe(Exchanges("receiver"));

    // Those in which that end's words are a client's.
    private static string[] Exchanges(string role) => [.. JingleExchange.All.Where(name => JingleExchange.Load(name).Played.Contains(role))];

    private static string[] Named(Type tests) =>
        [.. tests.GetMethods().SelectMany(method => method.GetCustomAttributes<InlineDataAttribute>()).Select(row => (string)row.Data[0]!).Distinct().Order(StringComparer.Ordinal)];
}
