namespace Ferry.Protocol.Commands;

/// <summary>What the one who executes a command wants next (XEP-0050 section 3).</summary>
public enum CommandAction
{
    Execute,
    Cancel,
    Prev,
    Next,
    Complete,
}
