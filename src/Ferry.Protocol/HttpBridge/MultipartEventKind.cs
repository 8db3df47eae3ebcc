namespace Ferry.Protocol.HttpBridge;

/// <summary>What <see cref="MultipartReader"/> found.</summary>
public enum MultipartEventKind
{
    /// <summary>All input is consumed: bring more, or say that the body has ended.</summary>
    NeedMore,

    /// <summary>A part begins; its headers are read.</summary>
    Part,

    /// <summary>The value of the SIDHASH field.</summary>
    SidHash,

    /// <summary>The next bytes of the file.</summary>
    FileBytes,

    /// <summary>The closing delimiter was there: the form is whole. What follows is ignored.</summary>
    End,

    /// <summary>The form cannot be used; final.</summary>
    Fault,
}
