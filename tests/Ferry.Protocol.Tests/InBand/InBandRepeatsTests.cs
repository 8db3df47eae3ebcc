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
    public void A_block_in_a_message_is_known_by_its_bytes()
    {
        InBandRepeats.IdOf(InBandData.ToElement("s", 1, [1, 2, 3])).ShouldBe(InBandRepeats.IdOf(InBandData.ToElement("s", 2, [1, 2, 3])));
        InBandRepeats.IdOf(InBandData.ToElement("s", 1, [1, 2, 3])).ShouldNotBe(InBandRepeats.IdOf(InBandData.ToElement("s", 1, [1, 2, 4])));
        InBandRepeats.IdOf(InBandData.ToElement("s", 1, [])).Length.ShouldBeLessThanOrEqualTo(InBandRepeats.MaxIdLength);
    }

    /// <summary>Blocks, some of them passed on again later, all the same, over more numbers than there are: what the machine takes is what was sent.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Whatever_is_passed_on_again_every_byte_is_taken_once(int seed, bool inMessages)
    {
        var random = new Random(seed);
        var machine = new InBandReceiver(new InBandReceiverOptions(null));
        machine.Handle(new InBandReceiverInput.Opened(new InBandOpen("s", 100)), default);
        var repeats = new InBandRepeats();
        var blocks = Enumerable.Range(0, 65536 + 2000).Select(at => InBandData.ToElement("s", (ushort)at, [(byte)random.Next(4)])).ToArray();
        var ids = blocks.Select((block, at) => inMessages ? InBandRepeats.IdOf(block) : "i" + at.ToString(CultureInfo.InvariantCulture)).ToArray();
        for (var at = 0; at < blocks.Length; at++)
        {
            Pass(at);
            if (random.Next(200) != 0) continue;
            for (var again = Math.Max(0, at - random.Next(InBandRepeats.Kept)); again <= at; again++) Pass(again);
        }

        machine.Received.ShouldBe(blocks.Length);

        void Pass(int at)
        {
            if (repeats.Has(ids[at], blocks[at].Attribute("seq"))) return;
            machine.Handle(new InBandReceiverInput.BlockArrived((ushort)at, 1, inMessages ? InBandStanza.Message : InBandStanza.Iq), default)
                .ShouldHaveSingleItem().ShouldBeOfType<InBandReceiverOutput.TakeBlock>();
            repeats.Took(ids[at], blocks[at].Attribute("seq"));
        }
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
