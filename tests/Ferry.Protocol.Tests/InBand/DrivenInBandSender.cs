using Ferry.Protocol.InBand;
using Input = Ferry.Protocol.InBand.InBandSenderInput;
using Output = Ferry.Protocol.InBand.InBandSenderOutput;

namespace Ferry.Protocol.Tests.InBand;

/// <summary>The sender's machine, and a clock that stands still until a test moves it.</summary>
internal sealed class DrivenInBandSender(InBandSenderOptions options)
{
    private readonly InBandSender _machine = new(options);

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset? NextDeadline => _machine.NextDeadline;

    public bool IsOver => _machine.IsOver;

    /// <summary>One whose peer has agreed and to whom nothing was given yet.</summary>
    public static DrivenInBandSender Opened(InBandSenderOptions options)
    {
        var machine = new DrivenInBandSender(options);
        machine.Handle(new Input.Start());
        machine.Handle(new Input.OpenAnswered());
        return machine;
    }

    public IReadOnlyList<Output> Handle(Input input) => _machine.Handle(input, Now);

    /// <summary>What it says to an input, as <see cref="MachineTable"/> writes it.</summary>
    public string Show(Input input) => MachineTable.Outcome(() => Handle(input));

    public void GoToDeadline() => Now = NextDeadline ?? throw new InvalidOperationException("it waits for nothing");
}
