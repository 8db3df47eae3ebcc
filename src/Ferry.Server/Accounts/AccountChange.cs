namespace Ferry.Server.Accounts;

/// <summary>How a change to the accounts went.</summary>
public enum AccountChange
{
    Done,

    /// <summary>There is such an account already.</summary>
    Exists,

    /// <summary>There is no such account.</summary>
    Unknown,

    /// <summary>The address is not <c>name@domain</c>.</summary>
    BadAddress,

    /// <summary>The password is empty or holds what SASLprep (RFC 4013) refuses.</summary>
    BadPassword,
}
