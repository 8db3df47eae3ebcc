namespace Ferry.Protocol.Commands;

/// <summary>Where a command stands (XEP-0050 section 3).</summary>
public enum CommandStatus
{
    Executing,
    Completed,
    Canceled,
}
