namespace Ferry.Protocol.Tests;

public class KebabNamesTests
{
    [Fact]
    public void Every_member_has_its_name_and_every_name_its_member()
    {
        var names = new KebabNames<Dense>();
        (names.ToWire(Dense.One), names.ToWire(Dense.TwoWords), names.ToWire(Dense.MuchLongerName)).ShouldBe(("one", "two-words", "much-longer-name"));
        foreach (var value in Enum.GetValues<Dense>())
        {
            names.TryParse(names.ToWire(value), out var back).ShouldBeTrue();
            back.ShouldBe(value);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("One")]
    [InlineData("two_words")]
    public void Other_names_are_nobodys(string? name) => new KebabNames<Dense>().TryParse(name, out _).ShouldBeFalse();

    [Fact]
    public void An_enum_with_a_gap_is_a_mistake_of_ours() => Should.Throw<InvalidOperationException>(() => new KebabNames<Gap>());

    private enum Dense
    {
        One,
        TwoWords,
        MuchLongerName,
    }

    private enum Gap
    {
        One = 1,
        Three = 3,
    }
}
