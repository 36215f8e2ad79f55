using MediatR;

namespace Nico.Networking.Contracts;

/// <summary>How a VPC is made at its site.</summary>
public enum NetworkVirtualizationType
{
    /// <summary>Layer 2: subnets.</summary>
    ETHERNET_VIRTUALIZER,

    /// <summary>Routed: VPC prefixes.</summary>
    FNN,

    /// <summary>The site's own network, without isolation.</summary>
    FLAT,

    /// <summary>An older form, reported by sites only.</summary>
    ETHERNET_VIRTUALIZER_WITH_NVUE,

    /// <summary>An older form, reported by sites only.</summary>
    FNN_CLASSIC,

    /// <summary>An older form, reported by sites only.</summary>
    FNN_L3,
}

/// <summary>A VPC, as other modules know it.</summary>
public sealed record VpcRef(Guid Id, string Name, Guid TenantId, Guid SiteId, string Status, NetworkVirtualizationType? NetworkVirtualizationType)
{
    /// <summary>True when networks and instances may be put into it.</summary>
    public bool IsReady => Status == "Ready";
}

/// <summary>A subnet or a VPC prefix, as other modules know it.</summary>
/// <param name="Prefix">Its network with length, such as <c>10.0.1.0/24</c>.</param>
/// <param name="Room">How many interfaces it has addresses for.</param>
public sealed record NetworkRef(Guid Id, string Name, Guid TenantId, Guid SiteId, Guid VpcId, string Status, string Prefix, long Room)
{
    /// <summary>True when instances may be put on it.</summary>
    public bool IsReady => Status == "Ready";
}

/// <summary>A VPC in short.</summary>
public sealed record VpcSummary
{
    /// <summary>Id of the VPC.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the VPC.</summary>
    public required string Name { get; init; }

    /// <summary>Its id at the site.</summary>
    public Guid? ControllerVpcId { get; init; }

    /// <summary>How it is made at the site.</summary>
    public NetworkVirtualizationType? NetworkVirtualizationType { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required string Status { get; init; }
}

/// <summary>A subnet in short.</summary>
public sealed record SubnetSummary
{
    /// <summary>Id of the subnet.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the subnet.</summary>
    public required string Name { get; init; }

    /// <summary>Its id at the site.</summary>
    public Guid? ControllerNetworkSegmentId { get; init; }

    /// <summary>Its network address, without length.</summary>
    public string? Ipv4Prefix { get; init; }

    /// <summary>Always null: subnets are IPv4.</summary>
    public string? Ipv6Prefix { get; init; }

    /// <summary>Length of the prefix.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required string Status { get; init; }
}

/// <summary>A VPC prefix in short.</summary>
public sealed record VpcPrefixSummary
{
    /// <summary>Id of the VPC prefix.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the VPC prefix.</summary>
    public required string Name { get; init; }

    /// <summary>Its network, with length.</summary>
    public string? Prefix { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required string Status { get; init; }
}

/// <summary>Networks that instances attach to. What is held stays as it is until the transaction ends.</summary>
public interface INetworks
{
    /// <summary>The VPCs among <paramref name="ids"/>, whoever owns them; they cannot be deleted while the transaction lasts.</summary>
    Task<IReadOnlyDictionary<Guid, VpcRef>> HoldVpcs(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>The same for subnets.</summary>
    Task<IReadOnlyDictionary<Guid, NetworkRef>> HoldSubnets(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>The same for VPC prefixes.</summary>
    Task<IReadOnlyDictionary<Guid, NetworkRef>> HoldVpcPrefixes(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>VPCs by id without a lock, in one statement: for filters and <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, (VpcRef Ref, VpcSummary Summary)>> Vpcs(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>Subnets by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, SubnetSummary>> Subnets(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>VPC prefixes by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, VpcPrefixSummary>> VpcPrefixes(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}

/// <summary>A VPC is about to be deleted (its row is locked): who still uses it vetoes with a 400.</summary>
public sealed record VpcDeleting(Guid VpcId) : INotification;

/// <summary>A VPC is about to be made another way (its row is locked): who uses it vetoes with a 400.</summary>
public sealed record VpcVirtualizationChanging(Guid VpcId) : INotification;

/// <summary>A subnet is about to be deleted (its row is locked): who still uses it vetoes with a 400.</summary>
public sealed record SubnetDeleting(Guid SubnetId) : INotification;

/// <summary>A VPC prefix is about to be deleted (its row is locked): who still uses it vetoes with a 400.</summary>
public sealed record VpcPrefixDeleting(Guid VpcPrefixId) : INotification;
