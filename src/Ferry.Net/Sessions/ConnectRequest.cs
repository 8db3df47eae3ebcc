using Ferry.Protocol.Dns;

namespace Ferry.Net.Sessions;

/// <summary>What a connection is wanted for.</summary>
/// <param name="Resource">The resource to ask for where one is bound.</param>
/// <param name="Resume">The stream to go on with, and what was handled of it; null binds at once.</param>
/// <param name="MayBind">Whether to bind where the server does not know that stream any more.</param>
/// <param name="First">A place to try before all others: where the server sent us; null: none.</param>
internal sealed record ConnectRequest(string Resource, (string Id, uint Handled)? Resume = null, bool MayBind = true, ServerTarget? First = null);
