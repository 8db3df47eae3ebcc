using System.Globalization;
using Ferry.Protocol.InBand;

namespace Ferry.Protocol.Tests.InBand;

public sealed class InBandRepeatsTests
{
    [Fact]
    public void Only_the_same_id_with_the_same_number_is_a_repeat()
    {
        var repeats = new InBandRepeats();
        repeats.Has("a", "1").ShouldBeFalse();
        repeats.Took("a", "1");
        repeats.Has("a", "1").ShouldBeTrue();
        repeats.Has("b", "1").ShouldBeFalse();
        repeats.Has("a", "2").ShouldBeFalse();
        repeats.Has(null, "1").ShouldBeFalse();
    }

    [Fact]
    public void So_many_are_remembered_and_no_long_ones()
    {
        var repeats = new InBandRepeats();
        for (var i = 0; i <= InBandRepeats.Kept; i++) repeats.Took("id", i.ToString(CultureInfo.InvariantCulture));
        repeats.Has("id", "0").ShouldBeFalse();
        repeats.Has("id", "1").ShouldBeTrue();
        var id = new string('x', InBandRepeats.MaxIdLength + 1);
        repeats.Took(id, "7");
        repeats.Has(id, "7").ShouldBeFalse();
    }
}
