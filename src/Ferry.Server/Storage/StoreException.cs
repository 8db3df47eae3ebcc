namespace Ferry.Server.Storage;

/// <summary>A database that cannot be used: its message says which file and why, for a person to read.</summary>
public sealed class StoreException : Exception
{
    public StoreException()
    {
    }

    public StoreException(string message) : base(message)
    {
    }

    public StoreException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
