namespace Ferry.Protocol.HttpBridge;

/// <summary>The two fields of the bridge's form; it has no others.</summary>
public enum MultipartField
{
    /// <summary>Which stream: 40 hexadecimal digits.</summary>
    SidHash,

    /// <summary>The file's bytes.</summary>
    File,
}
