using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Transfers;
using ReceivedInput = Ferry.Protocol.Jingle.Files.ReceivedFileInput;
using ReceivedOutput = Ferry.Protocol.Jingle.Files.ReceivedFileOutput;
using SentInput = Ferry.Protocol.Jingle.Files.SentFileInput;
using SentOutput = Ferry.Protocol.Jingle.Files.SentFileOutput;

namespace Ferry.Protocol.Tests.Jingle.Files;

public sealed class FileEndingTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly FileHash Right = FileHash.Of(HashFunction.Sha256, new byte[32]);
    private static readonly FileHash Wrong = FileHash.Of(HashFunction.Sha256, [1, .. new byte[31]]);
    private static readonly FileHash Sha512 = FileHash.Of(HashFunction.Find("sha-512")!, new byte[64]);
    private static readonly FileDescription Plain = new() { Name = "f", Size = 5 };
    private static readonly FileDescription Announced = Plain with { HashesToCome = ["sha-256"] };

    private static readonly (string Name, SentInput Input)[] SentInputs =
    [
        ("Sent", new SentInput.Sent()),
        ("Received", new SentInput.Received()),
        ("Ended", new SentInput.Ended(null, "")),
        ("Ended mismatch", new SentInput.Ended(FailureReason.Mismatch, "x")),
        ("Lost", new SentInput.Lost()),
        ("Tick", new SentInput.Tick()),
    ];

    [Fact]
    public void The_hash_by_which_a_file_was_asked_for_is_the_one_that_counts()
    {
        var file = new ReceivedFile(Plain with { Hashes = [Right] }, Sha512);
        file.Handle(new ReceivedInput.Whole(), Start).ShouldBe(new ReceivedOutput.Compute(Sha512.Function!));
        file.Handle(new ReceivedInput.Computed(FileHash.Of(Sha512.Function!, [1, .. new byte[63]])), Start).ShouldBeOfType<ReceivedOutput.Failed>().Reason.ShouldBe(FailureReason.Mismatch);

        file = new ReceivedFile(Plain, Right);
        file.Handle(new ReceivedInput.Checksum([Wrong]), Start);
        file.Handle(new ReceivedInput.Whole(), Start).ShouldBeOfType<ReceivedOutput.Failed>().Reason.ShouldBe(FailureReason.Mismatch);

        file = new ReceivedFile(Plain, Right);
        file.Handle(new ReceivedInput.Whole(), Start);
        file.Handle(new ReceivedInput.Computed(null), Start).ShouldBeOfType<ReceivedOutput.Failed>().Reason.ShouldBe(FailureReason.Io);
    }

    [Fact]
    public void Sender_every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(SentInputs.Select(input => input.Input));
        (string Name, SentInput[] Path)[] states =
        [
            ("Sending", []),
            ("Sending, ended", [new SentInput.Ended(null, "")]),
            ("Sending, failed", [new SentInput.Ended(FailureReason.TooLarge, "x")]),
            ("Waiting", [new SentInput.Sent()]),
            ("Waiting, received", [new SentInput.Sent(), new SentInput.Received()]),
            ("Over", [new SentInput.Sent(), new SentInput.Lost()]),
        ];
        var lines = from state in states from input in SentInputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";
        lines.ShouldBeLines("""
            Sending | Sent | -
            Sending | Received | -
            Sending | Ended | -
            Sending | Ended mismatch | -
            Sending | Lost | -
            Sending | Tick | -
            Sending, ended | Sent | Done
            Sending, ended | Received | -
            Sending, ended | Ended | -
            Sending, ended | Ended mismatch | -
            Sending, ended | Lost | -
            Sending, ended | Tick | -
            Sending, failed | Sent | Failed(TooLarge)
            Sending, failed | Received | -
            Sending, failed | Ended | -
            Sending, failed | Ended mismatch | -
            Sending, failed | Lost | -
            Sending, failed | Tick | -
            Waiting | Sent | throws
            Waiting | Received | -
            Waiting | Ended | Done
            Waiting | Ended mismatch | Failed(Mismatch)
            Waiting | Lost | Done
            Waiting | Tick | Done
            Waiting, received | Sent | throws
            Waiting, received | Received | Done(true)
            Waiting, received | Ended | Done(true)
            Waiting, received | Ended mismatch | Done(true)
            Waiting, received | Lost | Done(true)
            Waiting, received | Tick | Done(true)
            Over | Sent | -
            Over | Received | -
            Over | Ended | -
            Over | Ended mismatch | -
            Over | Lost | -
            Over | Tick | -
            """);

        static string Try(SentInput[] path, SentInput input)
        {
            var machine = new SentFile();
            foreach (var before in path) machine.Handle(before, Start);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? Start) is { } output ? new[] { output } : Array.Empty<SentOutput>());
        }
    }

    [Fact]
    public void Received_before_the_checksum_went_out_confirms_nothing()
    {
        var machine = new SentFile();
        machine.Handle(new SentInput.Received(), Start);
        machine.Handle(new SentInput.Sent(), Start);
        machine.Handle(new SentInput.Ended(null, ""), Start).ShouldBe(new SentOutput.Done(false));
    }

    [Fact]
    public void The_receivers_word_is_waited_for_sixty_seconds_and_its_end_for_five_more()
    {
        var machine = new SentFile();
        machine.Handle(new SentInput.Sent(), Start);
        machine.NextDeadline.ShouldBe(Start.AddSeconds(60));
        machine.Handle(new SentInput.Tick(), Start.AddSeconds(59)).ShouldBeNull();
        machine.Handle(new SentInput.Received(), Start.AddSeconds(59));
        machine.NextDeadline.ShouldBe(Start.AddSeconds(64));
        machine.Handle(new SentInput.Tick(), Start.AddSeconds(64)).ShouldBe(new SentOutput.Done(true));
    }

    private static readonly (string Name, ReceivedInput Input)[] ReceivedInputs =
    [
        ("Checksum", new ReceivedInput.Checksum([Right])),
        ("Checksum wrong", new ReceivedInput.Checksum([Wrong])),
        ("Checksum unknown", new ReceivedInput.Checksum([Unknown()])),
        ("Checksum empty", new ReceivedInput.Checksum([])),
        ("Whole", new ReceivedInput.Whole()),
        ("Computed", new ReceivedInput.Computed(Right)),
        ("Computed nothing", new ReceivedInput.Computed(null)),
        ("Ended", new ReceivedInput.Ended(null, "")),
        ("Ended cancelled", new ReceivedInput.Ended(FailureReason.CancelledByPeer, "x")),
        ("Lost", new ReceivedInput.Lost()),
        ("Tick", new ReceivedInput.Tick()),
    ];

    [Fact]
    public void Receiver_every_state_with_every_input()
    {
        MachineTable.ShouldCoverFamily(ReceivedInputs.Select(input => input.Input));
        (string Name, ReceivedInput[] Path)[] states =
        [
            ("Receiving", []),
            ("Receiving, told", [new ReceivedInput.Checksum([Right])]),
            ("Receiving, ended", [new ReceivedInput.Ended(null, "")]),
            ("Receiving, cancelled", [new ReceivedInput.Ended(FailureReason.CancelledByPeer, "x")]),
            ("Waiting", [new ReceivedInput.Whole()]),
            ("Computing", [new ReceivedInput.Whole(), new ReceivedInput.Checksum([Right])]),
            ("Over", [new ReceivedInput.Whole(), new ReceivedInput.Lost()]),
        ];
        var lines = from state in states from input in ReceivedInputs select $"{state.Name} | {input.Name} | {Try(state.Path, input.Input)}";
        lines.ShouldBeLines("""
            Receiving | Checksum | -
            Receiving | Checksum wrong | -
            Receiving | Checksum unknown | -
            Receiving | Checksum empty | -
            Receiving | Whole | -
            Receiving | Computed | throws
            Receiving | Computed nothing | throws
            Receiving | Ended | -
            Receiving | Ended cancelled | -
            Receiving | Lost | -
            Receiving | Tick | -
            Receiving, told | Checksum | -
            Receiving, told | Checksum wrong | -
            Receiving, told | Checksum unknown | -
            Receiving, told | Checksum empty | -
            Receiving, told | Whole | Compute(sha-256)
            Receiving, told | Computed | throws
            Receiving, told | Computed nothing | throws
            Receiving, told | Ended | -
            Receiving, told | Ended cancelled | -
            Receiving, told | Lost | -
            Receiving, told | Tick | -
            Receiving, ended | Checksum | -
            Receiving, ended | Checksum wrong | -
            Receiving, ended | Checksum unknown | -
            Receiving, ended | Checksum empty | -
            Receiving, ended | Whole | Unverified
            Receiving, ended | Computed | throws
            Receiving, ended | Computed nothing | throws
            Receiving, ended | Ended | -
            Receiving, ended | Ended cancelled | -
            Receiving, ended | Lost | -
            Receiving, ended | Tick | -
            Receiving, cancelled | Checksum | -
            Receiving, cancelled | Checksum wrong | -
            Receiving, cancelled | Checksum unknown | -
            Receiving, cancelled | Checksum empty | -
            Receiving, cancelled | Whole | Failed(CancelledByPeer)
            Receiving, cancelled | Computed | throws
            Receiving, cancelled | Computed nothing | throws
            Receiving, cancelled | Ended | -
            Receiving, cancelled | Ended cancelled | -
            Receiving, cancelled | Lost | -
            Receiving, cancelled | Tick | -
            Waiting | Checksum | Compute(sha-256)
            Waiting | Checksum wrong | Compute(sha-256)
            Waiting | Checksum unknown | Unverified
            Waiting | Checksum empty | Unverified
            Waiting | Whole | throws
            Waiting | Computed | throws
            Waiting | Computed nothing | throws
            Waiting | Ended | Unverified
            Waiting | Ended cancelled | Failed(CancelledByPeer)
            Waiting | Lost | Unverified
            Waiting | Tick | Unverified
            Computing | Checksum | -
            Computing | Checksum wrong | -
            Computing | Checksum unknown | -
            Computing | Checksum empty | -
            Computing | Whole | throws
            Computing | Computed | Verified(sha-256)
            Computing | Computed nothing | Unverified
            Computing | Ended | -
            Computing | Ended cancelled | -
            Computing | Lost | -
            Computing | Tick | -
            Over | Checksum | -
            Over | Checksum wrong | -
            Over | Checksum unknown | -
            Over | Checksum empty | -
            Over | Whole | -
            Over | Computed | -
            Over | Computed nothing | -
            Over | Ended | -
            Over | Ended cancelled | -
            Over | Lost | -
            Over | Tick | -
            """);

        static string Try(ReceivedInput[] path, ReceivedInput input)
        {
            var machine = new ReceivedFile(Announced);
            foreach (var before in path) machine.Handle(before, Start);
            return MachineTable.Outcome(() => machine.Handle(input, machine.NextDeadline ?? Start) is { } output ? new[] { output } : Array.Empty<ReceivedOutput>());
        }
    }

    [Fact]
    public void A_checksum_that_was_announced_is_waited_for_thirty_seconds_and_another_for_two()
    {
        var announced = new ReceivedFile(Announced);
        announced.Handle(new ReceivedInput.Whole(), Start);
        announced.NextDeadline.ShouldBe(Start.AddSeconds(30));
        var plain = new ReceivedFile(Plain);
        plain.Handle(new ReceivedInput.Whole(), Start);
        plain.NextDeadline.ShouldBe(Start.AddSeconds(2));
        plain.Handle(new ReceivedInput.Tick(), Start.AddSeconds(2)).ShouldBe(new ReceivedOutput.Unverified());
    }

    [Fact]
    public void A_hash_in_the_offer_is_enough()
    {
        var machine = new ReceivedFile(Plain with { Hashes = [Sha512] });
        machine.Handle(new ReceivedInput.Whole(), Start).ShouldBe(new ReceivedOutput.Compute(Sha512.Function!));
        machine.Handle(new ReceivedInput.Computed(Sha512), Start).ShouldBe(new ReceivedOutput.Verified("sha-512"));
    }

    [Fact]
    public void Of_several_the_one_that_is_there_already_is_compared()
    {
        var machine = new ReceivedFile(Plain with { Hashes = [Sha512, Right] });
        machine.Handle(new ReceivedInput.Whole(), Start).ShouldBe(new ReceivedOutput.Compute(HashFunction.Sha256));
    }

    [Fact]
    public void A_sender_that_contradicts_itself_is_a_mismatch()
    {
        var machine = new ReceivedFile(Plain with { Hashes = [Right] });
        machine.Handle(new ReceivedInput.Checksum([Wrong]), Start);
        machine.Handle(new ReceivedInput.Whole(), Start).ShouldBeOfType<ReceivedOutput.Failed>().Reason.ShouldBe(FailureReason.Mismatch);
    }

    [Fact]
    public void Endless_checksums_are_not_kept()
    {
        var machine = new ReceivedFile(Plain);
        for (var i = 0; i < 100_000; i++) machine.Handle(new ReceivedInput.Checksum([Right]), Start);
        machine.Handle(new ReceivedInput.Whole(), Start).ShouldBeOfType<ReceivedOutput.Compute>();
    }

    private static FileHash Unknown()
    {
        FileHash.TryParse(TestXml.Parse("<hash xmlns='urn:xmpp:hashes:2' algo='blake2b-512'>AAAA</hash>"), out var hash).ShouldBeTrue();
        return hash;
    }
}
