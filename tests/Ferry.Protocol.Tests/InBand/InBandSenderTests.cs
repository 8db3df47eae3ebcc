using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.InBand.InBandSenderInput;
using Output = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Protocol.Tests.InBand;

public sealed class InBandSenderTests
{
    [Fact]
    public void A_refused_block_size_is_halved_down_to_256()
    {
        var machine = new DrivenInBandSender(new InBandSenderOptions(2048));
        machine.Show(new Input.Start()).ShouldBe("SendOpen(2048,Iq)");
        machine.Show(new Input.OpenRefused(Refusals.SmallerBlocks)).ShouldBe("SendOpen(1024,Iq)");
        machine.Show(new Input.OpenRefused(Refusals.SmallerBlocks)).ShouldBe("SendOpen(512,Iq)");
        machine.Show(new Input.OpenRefused(Refusals.SmallerBlocks)).ShouldBe("SendOpen(256,Iq)");
        machine.Show(new Input.OpenRefused(Refusals.SmallerBlocks)).ShouldBe("Ended(NotSupported,true)");
    }

    [Theory]
    [InlineData(ErrorCondition.FeatureNotImplemented)]
    [InlineData(ErrorCondition.ServiceUnavailable)]
    public void Refused_messages_become_iqs(ErrorCondition condition)
    {
        var machine = new DrivenInBandSender(new InBandSenderOptions(1024, InBandStanza.Message));
        var error = new StanzaError(ErrorType.Cancel, condition);
        machine.Show(new Input.Start()).ShouldBe("SendOpen(1024,Message)");
        machine.Show(new Input.OpenRefused(error)).ShouldBe("SendOpen(1024,Iq)");
        machine.Show(new Input.OpenRefused(error)).ShouldBe("Ended(NotSupported,true)");
    }

    [Fact]
    public void A_block_refused_for_now_is_sent_again_after_2_5_and_10_seconds()
    {
        var machine = Opened(1024);
        machine.Show(new Input.BlockReady(10)).ShouldBe("SendData(0) NeedBlock(1024)");
        foreach (var seconds in (int[])[2, 5, 10])
        {
            machine.Show(new Input.BlockRefused(0, Refusals.ForNow)).ShouldBe("-");
            machine.NextDeadline.ShouldBe(machine.Now.AddSeconds(seconds));
            machine.Show(new Input.Tick()).ShouldBe("-");
            machine.GoToDeadline();
            machine.Show(new Input.Tick()).ShouldBe("ResendData(0)");
        }

        machine.Show(new Input.BlockRefused(0, Refusals.ForNow)).ShouldBe("SendClose Ended(Absent)");
    }

    [Fact]
    public void Nothing_overtakes_a_block_that_is_sent_again()
    {
        var machine = Opened(1024);
        machine.Handle(new Input.BlockReady(10));
        machine.Handle(new Input.BlockRefused(0, Refusals.ForNow));
        machine.Show(new Input.BlockReady(11)).ShouldBe("-");
        machine.GoToDeadline();
        machine.Show(new Input.Tick()).ShouldBe("ResendData(0)");
        machine.Show(new Input.BlockAcked(0)).ShouldBe("SendData(1) NeedBlock(1024)");
    }

    [Fact]
    public void A_block_with_others_after_it_is_not_sent_again()
    {
        var machine = Opened(1024);
        machine.Handle(new Input.BlockReady(10));
        machine.Handle(new Input.BlockReady(10));

        machine.Show(new Input.BlockRefused(0, Refusals.ForNow)).ShouldBe("SendClose Ended(Absent)");
    }

    [Fact]
    public void The_first_window_is_two_blocks()
    {
        var machine = Opened(4096);
        machine.Show(new Input.BlockReady(4096)).ShouldBe("SendData(0) NeedBlock(4096)");
        machine.Show(new Input.BlockReady(4096)).ShouldBe("SendData(1)");
        machine.Show(new Input.BlockAcked(0)).ShouldBe("NeedBlock(4096)");
    }

    [Fact]
    public void A_large_block_goes_alone()
    {
        var machine = Opened(65535);
        machine.Show(new Input.BlockReady(65535)).ShouldBe("SendData(0)");
    }

    [Fact]
    public void Sixty_seconds_without_an_acknowledgement_end_it()
    {
        var machine = Opened(4096);
        machine.NextDeadline.ShouldBeNull(); // a slow source is no failure
        machine.Handle(new Input.BlockReady(4096));
        machine.Now = machine.Now.AddSeconds(50);
        machine.Handle(new Input.BlockReady(4096));
        machine.NextDeadline.ShouldBe(machine.Now.AddSeconds(10));
        machine.Handle(new Input.BlockAcked(0));
        machine.NextDeadline.ShouldBe(machine.Now.AddSeconds(60));
        machine.Now = machine.Now.AddSeconds(60);
        machine.Show(new Input.Tick()).ShouldBe("SendClose Ended(Stalled)");
    }

    [Fact]
    public void Messages_wait_for_a_ping_after_each_sixteen_and_at_the_end()
    {
        var machine = new DrivenInBandSender(new InBandSenderOptions(1024, InBandStanza.Message));
        machine.Handle(new Input.Start());
        machine.Show(new Input.OpenAnswered()).ShouldBe("NeedBlock(1024)");
        for (var i = 0; i < 15; i++) machine.Show(new Input.BlockReady(1)).ShouldBe($"SendData({i}) NeedBlock(1024)");
        machine.NextDeadline.ShouldBeNull();
        machine.Show(new Input.BlockReady(1)).ShouldBe("SendData(15) SendPing");
        machine.NextDeadline.ShouldBe(machine.Now.AddSeconds(60));
        machine.Show(new Input.PingAnswered()).ShouldBe("NeedBlock(1024)");
        machine.Show(new Input.BlockReady(1)).ShouldBe("SendData(16) NeedBlock(1024)");
        machine.Show(new Input.SourceEnded()).ShouldBe("SendPing");
        machine.Show(new Input.PingAnswered()).ShouldBe("SendClose");
        machine.Show(new Input.CloseAnswered()).ShouldBe("Ended");
    }

    [Fact]
    public void An_unanswered_ping_ends_it()
    {
        var machine = new DrivenInBandSender(new InBandSenderOptions(1024, InBandStanza.Message));
        foreach (var input in (Input[])[new Input.Start(), new Input.OpenAnswered(), new Input.BlockReady(1), new Input.SourceEnded()]) machine.Handle(input);
        machine.GoToDeadline();

        machine.Show(new Input.Tick()).ShouldBe("SendClose Ended(Stalled)");
    }

    [Fact]
    public void Nothing_to_send_is_open_and_close()
    {
        var machine = Opened(1024);
        machine.Show(new Input.SourceEnded()).ShouldBe("SendClose");
        machine.NextDeadline.ShouldBe(machine.Now.AddSeconds(10));
        machine.Now = machine.Now.AddSeconds(10);
        machine.Show(new Input.Tick()).ShouldBe("Ended");
        machine.IsOver.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void A_block_of_another_length_than_asked_for_is_misuse(int length) =>
        Should.Throw<InvalidOperationException>(() => Opened(1024).Handle(new Input.BlockReady(length)));

    [Fact]
    public void The_failure_names_the_peers_words()
    {
        var machine = Opened(1024);
        machine.Handle(new Input.BlockReady(10));
        var error = new StanzaError(ErrorType.Cancel, ErrorCondition.Forbidden, "no more room");

        var ended = machine.Handle(new Input.BlockRefused(0, error)).OfType<Output.Ended>().ShouldHaveSingleItem();

        ended.Reason.ShouldBe(FailureReason.Refused);
        ended.Text.ShouldNotBeNull().ShouldContain("no more room");
    }

    private static DrivenInBandSender Opened(int blockSize) => DrivenInBandSender.Opened(new InBandSenderOptions(blockSize));
}
