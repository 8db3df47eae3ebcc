using Ferry.Protocol.StreamInitiation;
using ReceiverInput = Ferry.Protocol.StreamInitiation.SiReceiverInput;
using SenderInput = Ferry.Protocol.StreamInitiation.SiSenderInput;

namespace Ferry.Protocol.Tests.StreamInitiation;

public sealed class SiNegotiationPairTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Sender_and_receiver_fall_back_together()
    {
        var sender = new SiSenderNegotiation(SiTerms.Methods, 100, rangeOffered: true);
        var receiver = new SiReceiverNegotiation(SiTerms.Methods);
        Show(sender, new SenderInput.Start()).ShouldBe("SendOffer");
        Show(receiver, new ReceiverInput.OfferArrived(SiTerms.Offer)).ShouldBe("AskUser");
        Show(receiver, new ReceiverInput.UserAccepted(["s5b"])).ShouldBe("SendAnswer(s5b)");
        Show(sender, new SenderInput.Answered(new SiAnswer(["s5b"]))).ShouldBe("Accepted OpenMethod(s5b,1)");
        Show(receiver, new ReceiverInput.OpenArrived("s5b", "1")).ShouldBe("RunMethod(s5b,1)");
        Show(sender, new SenderInput.MethodFailed("s5b", false, AnswerPending: true, "15 s")).ShouldBe("OpenMethod(ibb,1)");
        Show(receiver, new ReceiverInput.OpenArrived("ibb", "2")).ShouldBe("CancelMethod(s5b) RunMethod(ibb,2)");
        Show(sender, new SenderInput.PendingAnswered("s5b")).ShouldBe("-");
        Show(receiver, new ReceiverInput.MethodSucceeded("ibb")).ShouldBe("Streaming(ibb)");
        Show(sender, new SenderInput.MethodOpened("ibb")).ShouldBe("Streaming(ibb)");
    }

    private static string Show(SiSenderNegotiation machine, SenderInput input) => MachineTable.Outcome(() => machine.Handle(input, Now));

    private static string Show(SiReceiverNegotiation machine, ReceiverInput input) => MachineTable.Outcome(() => machine.Handle(input, Now));
}
