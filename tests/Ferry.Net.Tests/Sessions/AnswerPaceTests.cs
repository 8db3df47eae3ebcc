using Ferry.Net.Sessions;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Sessions;

/// <summary>Requests for our count, which a server may send behind every stanza (XEP-0198 section 4).</summary>
public sealed class AnswerPaceTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly AnswerPace _pace;
    private int _answers;
    private bool _room = true;

    public AnswerPaceTests() => _pace = new AnswerPace(_time, () =>
    {
        if (_room) _answers++;
        return _room;
    });

    public void Dispose() => _pace.Dispose();

    [Fact]
    public void Now_and_then_each_is_answered_at_once()
    {
        for (var i = 0; i < 5; i++)
        {
            _pace.Asked().ShouldBeTrue();
            _time.Advance(AnswerPace.Least);
        }

        _answers.ShouldBe(0);
        _time.Armed.ShouldBe(0);
    }

    [Fact]
    public void One_that_comes_soon_waits_for_its_time()
    {
        _pace.Asked().ShouldBeTrue();
        _time.Advance(AnswerPace.Least / 4);
        _pace.Asked().ShouldBeFalse();
        _pace.Asked().ShouldBeFalse(); // two requests, one answer
        _time.Advance(AnswerPace.Least / 2);
        _answers.ShouldBe(0);
        _time.Advance(AnswerPace.Least / 4);
        _answers.ShouldBe(1);
        _time.Advance(AnswerPace.Least * 10);
        _answers.ShouldBe(1);
        _pace.Asked().ShouldBeTrue();
    }

    [Fact]
    public void Not_too_many_stanzas_wait_for_it()
    {
        _pace.Asked().ShouldBeTrue();
        for (var i = 0; i < AnswerPace.MostStanzas * 2; i++) _pace.Handled().ShouldBeFalse("nobody asked");
        _time.Advance(AnswerPace.Least);
        _pace.Asked().ShouldBeTrue();
        _pace.Asked().ShouldBeFalse();
        for (var i = 1; i < AnswerPace.MostStanzas; i++) _pace.Handled().ShouldBeFalse();
        _pace.Handled().ShouldBeTrue();
        _pace.Handled().ShouldBeFalse();
        _time.Advance(AnswerPace.Least * 10);
        _answers.ShouldBe(0);
    }

    [Fact]
    public void Where_there_is_no_room_for_it_it_is_tried_again()
    {
        _pace.Asked().ShouldBeTrue();
        _pace.Asked().ShouldBeFalse();
        _room = false;
        _time.Advance(AnswerPace.Least * 3);
        _room = true;
        _time.Advance(AnswerPace.Least);
        _answers.ShouldBe(1);
    }

    [Fact]
    public void After_the_end_no_timer_is_left()
    {
        _pace.Asked().ShouldBeTrue();
        _pace.Asked().ShouldBeFalse();
        _pace.Dispose();
        _time.Advance(AnswerPace.Least * 3);
        _answers.ShouldBe(0);
        _time.Armed.ShouldBe(0);
    }
}
