using System.Text.Json.Serialization;
using Nico.Hardware.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Subnets;

/// <summary>Where a subnet stands.</summary>
public enum SubnetStatus
{
    /// <summary>Accepted; its site has not begun to make it.</summary>
    Pending,

    /// <summary>Being made by its site.</summary>
    Provisioning,

    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Refused by its site, failed there, or no longer there.</summary>
    Error,
}

/// <summary>What an answer about subnets can embed.</summary>
public enum SubnetRelation
{
    /// <summary>The VPC, as <c>vpc</c>.</summary>
    VPC,

    /// <summary>Accepted, without effect: the tenant is the caller's own.</summary>
    Tenant,

    /// <summary>The block that the subnet was carved out of, as <c>ipv4Block</c>.</summary>
    IPv4Block,

    /// <summary>Accepted, without effect: subnets are IPv4.</summary>
    IPv6Block,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,
}

/// <summary>A row of <c>networking.subnet</c>.</summary>
internal sealed record Subnet
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public Guid TenantId { get; init; }

    public Guid SiteId { get; init; }

    public Guid VpcId { get; init; }

    public Guid Ipv4BlockId { get; init; }

    public IpBlockRoutingType RoutingType { get; init; }

    /// <summary>The network with length.</summary>
    public required string Prefix { get; init; }

    public int? Mtu { get; init; }

    public SubnetStatus Status { get; init; }

    public bool AtSite { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    public Cidr Network => Cidr.Of(Prefix);

    /// <summary>The first address after the network's own.</summary>
    public string Gateway => Network.AddressAt(1);

    public SubnetResponse ToResponse(IEnumerable<StatusDetail> history) => new()
    {
        Id = Id,
        Name = Name,
        Description = Description,
        SiteId = SiteId,
        VpcId = VpcId,
        TenantId = TenantId,
        ControllerNetworkSegmentId = Id,
        Ipv4Prefix = Network.Address,
        Ipv4BlockId = Ipv4BlockId,
        Ipv4Gateway = Gateway,
        Mtu = Mtu,
        PrefixLength = Network.Length,
        RoutingType = RoutingType,
        Status = Status,
        StatusHistory = [.. history],
        Created = Created,
        Updated = Updated,
    };
}

/// <summary>A layer 2 network of an ETHERNET_VIRTUALIZER VPC.</summary>
[Schema("Subnet")]
public sealed record SubnetResponse
{
    /// <summary>Id of the subnet.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the subnet; unique for the tenant at the site.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The site that it is at.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The VPC that it belongs to.</summary>
    public Guid VpcId { get; init; }

    /// <summary>The tenant that owns it.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The subnet's id at the site.</summary>
    public Guid? ControllerNetworkSegmentId { get; init; }

    /// <summary>Network address, without length.</summary>
    public string? Ipv4Prefix { get; init; }

    /// <summary>The tenant's IP block that it was carved out of.</summary>
    public Guid? Ipv4BlockId { get; init; }

    /// <summary>Address of the gateway: the first after the network's own.</summary>
    public string? Ipv4Gateway { get; init; }

    /// <summary>Always null: subnets are IPv4.</summary>
    public string? Ipv6Prefix { get; init; }

    /// <summary>Always null: subnets are IPv4.</summary>
    public Guid? Ipv6BlockId { get; init; }

    /// <summary>Always null: subnets are IPv4.</summary>
    public string? Ipv6Gateway { get; init; }

    /// <summary>Largest frame in bytes; left out until the site has said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Mtu { get; init; }

    /// <summary>Length of the prefix, 8 to 30.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Whether the addresses are reachable from the internet; that of the block.</summary>
    public IpBlockRoutingType? RoutingType { get; init; }

    /// <summary>Where it stands.</summary>
    public SubnetStatus Status { get; init; }

    /// <summary>How much of it is in use; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IpBlockUsageStats? UsageStats { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>Parts of this answer that are on their way out; absent when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Deprecation>? Deprecations { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }

    /// <summary>The VPC; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VpcSummary? Vpc { get; init; }

    /// <summary>The IP block; only when it or the usage was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IpBlockSummary? Ipv4Block { get; init; }
}
