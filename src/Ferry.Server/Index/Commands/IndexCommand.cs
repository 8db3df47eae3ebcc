using Ferry.Protocol.Addressing;
using Ferry.Protocol.Forms;

namespace Ferry.Server.Index.Commands;

/// <summary>One ad-hoc command: at most one form, then the end.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Title">What people read.</param>
/// <param name="Form">What is to be filled in; null: nothing.</param>
/// <param name="Run">Does it; the form is empty where there is none.</param>
internal sealed record IndexCommand(
    string Node,
    string Title,
    Func<Jid, CancellationToken, Task<DataForm>>? Form,
    Func<Jid, DataForm, CancellationToken, Task<CommandOutcome>> Run);
