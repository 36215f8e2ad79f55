namespace Nico.Networking.Contracts;

/// <summary>Kinds of this module's commands to sites, for commands that come after them. Their resource is the row's id.</summary>
public static class NetworkingKinds
{
    /// <summary>VPCs.</summary>
    public const string Vpc = "vpc";

    /// <summary>How VPCs are made; of the VPC's id.</summary>
    public const string VpcVirtualization = "vpc-virtualization";

    /// <summary>VPC prefixes.</summary>
    public const string VpcPrefix = "vpc-prefix";

    /// <summary>Subnets.</summary>
    public const string Subnet = "subnet";
}
