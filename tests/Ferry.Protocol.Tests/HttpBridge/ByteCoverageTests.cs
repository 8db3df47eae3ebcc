using Ferry.Protocol.HttpBridge;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class ByteCoverageTests
{
    [Fact]
    public void One_answer_from_end_to_end_is_the_whole()
    {
        var file = new ByteCoverage(10);
        file.IsWhole.ShouldBeFalse();
        file.Begin(0);
        file.Complete(0, 10);
        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void An_empty_file_is_whole_when_it_was_sent()
    {
        var file = new ByteCoverage(0);
        file.IsWhole.ShouldBeFalse();
        file.Complete(0, 0);
        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void A_look_at_the_last_byte_is_not_the_whole()
    {
        var file = new ByteCoverage(10);
        file.Begin(9);
        file.Complete(9, 10);
        file.IsWhole.ShouldBeFalse();
        file.Begin(0);
        file.Complete(0, 9);
        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void What_broke_off_counts_up_to_where_the_receiver_goes_on()
    {
        var file = new ByteCoverage(10);
        file.Break(0, 10);
        file.IsWhole.ShouldBeFalse("it was sent, and nobody knows whether it arrived");
        file.Begin(4);
        file.IsWhole.ShouldBeFalse();
        file.Complete(4, 10);
        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void What_broke_off_does_not_count_where_the_receiver_skips_a_byte()
    {
        var file = new ByteCoverage(10);
        file.Break(0, 4);
        file.Begin(5);
        file.Complete(5, 10);
        file.IsWhole.ShouldBeFalse();
        file.Begin(4);
        file.Complete(4, 5);
        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void Parts_come_in_any_order()
    {
        var file = new ByteCoverage(100);
        foreach (int part in (int[])[3, 1, 4, 0, 2])
        {
            file.IsWhole.ShouldBeFalse();
            file.Complete(part * 20, (part + 1) * 20);
        }

        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void Only_so_many_parts_are_known()
    {
        var file = new ByteCoverage(1000);
        for (int i = 0; i < 500; i++)
        {
            file.Complete(2 * i, (2 * i) + 1);
            file.Break(2 * i, (2 * i) + 1);
        }

        for (int i = 0; i < 500; i++)
        {
            file.Complete((2 * i) + 1, (2 * i) + 2);
        }

        file.IsWhole.ShouldBeFalse("it forgot some");
        file.Complete(0, 1000);
        file.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void It_is_whole_exactly_when_every_byte_was_had() => Prop.ForAll(ArbMap.Default.ArbFor<(byte From, byte Length, bool IsWhole)[]>(), Agrees).QuickCheckThrowOnFailure();

    // With a plain list of bytes.
    private static bool Agrees((byte From, byte Length, bool IsWhole)[] steps)
    {
        const int Size = 12;
        var (file, had, completed) = (new ByteCoverage(Size), new bool[Size], false);
        var broken = new List<(int From, int End)>();
        foreach (var (start, length, isWhole) in steps)
        {
            int from = start % Size, end = Math.Min(Size, from + (length % (Size + 1)));
            file.Begin(from);
            foreach (var part in broken.Where(part => part.From < from && from <= part.End).ToList())
            {
                broken.Remove(part);
                Array.Fill(had, true, part.From, from - part.From);
            }

            if (isWhole)
            {
                file.Complete(from, end);
                Array.Fill(had, true, from, end - from);
                completed = true;
            }
            else if (end > from)
            {
                file.Break(from, end);
                broken.Add((from, end));
            }

            if (file.IsWhole != (completed && had.All(one => one)))
            {
                return false;
            }
        }

        return true;
    }
}
