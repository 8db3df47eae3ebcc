namespace Ferry.Net.Tls;

/// <summary>Why a certificate is not trusted.</summary>
public enum CertificateFault
{
    /// <summary>It is not the pinned one.</summary>
    Pin,

    /// <summary>It is for other names.</summary>
    Name,

    /// <summary>It is expired or not valid yet.</summary>
    Date,

    /// <summary>No known authority vouches for it.</summary>
    Untrusted,

    /// <summary>Nothing is wrong with it: what was given here to judge it by, a pin or a file of authorities, cannot be used.</summary>
    Settings,
}
