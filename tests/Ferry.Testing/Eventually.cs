namespace Ferry.Testing;

/// <summary>For states that another thread reaches soon and that nothing announces.</summary>
public static class Eventually
{
    /// <summary>Yields until the condition holds; a condition that never holds fails the test after 20 s.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse($"never came true: {what}");
            await Task.Delay(1, CancellationToken.None);
        }
    }
}
