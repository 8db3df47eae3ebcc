namespace Ferry.Daemon.Running;

/// <summary>ferryd cannot start; the message is for a person.</summary>
internal sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
