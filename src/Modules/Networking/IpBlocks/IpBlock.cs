using System.Text.Json.Serialization;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks;

/// <summary>Version of the internet protocol.</summary>
public enum IpVersion
{
    /// <summary>Addresses of 32 bits.</summary>
    IPv4,

    /// <summary>Addresses of 128 bits.</summary>
    IPv6,
}

/// <summary>What an answer about IP blocks can embed.</summary>
public enum IpBlockRelation
{
    /// <summary>The provider, as <c>infrastructureProvider</c>.</summary>
    InfrastructureProvider,

    /// <summary>The tenant of a derived block, as <c>tenant</c>.</summary>
    Tenant,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,
}

/// <summary>A row of <c>networking.ip_block</c>.</summary>
internal sealed record IpBlock
{
    /// <summary>Kind of a block, where tables hold several kinds.</summary>
    public const string Kind = "ip-block";

    /// <summary>The orders of lists of blocks; prefixes are ordered as text.</summary>
    public static ListOrder Orders { get; } = ListOrder.By("name", "prefix", "status", "created", "updated");

    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public Guid SiteId { get; init; }

    public Guid? TenantId { get; init; }

    public Guid? SourceId { get; init; }

    public IpBlockRoutingType RoutingType { get; init; }

    public IpVersion ProtocolVersion { get; init; }

    /// <summary>The network address, without length.</summary>
    public required string Prefix { get; init; }

    public int PrefixLength { get; init; }

    public IpBlockStatus Status { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    public Cidr Network => Cidr.Of($"{Prefix}/{PrefixLength}");

    public IpBlockResponse ToResponse(IEnumerable<StatusDetail> history) => new()
    {
        Id = Id,
        Name = Name,
        Description = Description,
        SiteId = SiteId,
        InfrastructureProviderId = InfrastructureProviderId,
        TenantId = TenantId,
        RoutingType = RoutingType,
        Prefix = Network.Address,
        PrefixLength = PrefixLength,
        ProtocolVersion = ProtocolVersion,
        Status = Status,
        StatusHistory = [.. history],
        Created = Created,
        Updated = Updated,
    };
}

/// <summary>A pool of addresses: a provider's own, or the part of one that an allocation gave to a tenant.</summary>
[Schema("IpBlock")]
public sealed record IpBlockResponse
{
    /// <summary>Id of the block.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the block; unique among a provider's own blocks at a site.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The site where the addresses are used.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The provider that owns the addresses.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The tenant that an allocation gave the block to; null for a provider's own block.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>Whether the addresses are reachable from the internet.</summary>
    public IpBlockRoutingType RoutingType { get; init; }

    /// <summary>Network address, without length.</summary>
    public required string Prefix { get; init; }

    /// <summary>Length of the prefix: 1 to 32 for IPv4, 1 to 128 for IPv6.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Version of the internet protocol.</summary>
    public IpVersion ProtocolVersion { get; init; }

    /// <summary>How much of the block is in use; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IpBlockUsageStats? UsageStats { get; init; }

    /// <summary>Where the block stands; always Ready.</summary>
    public IpBlockStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>Parts of this answer that are on their way out; absent when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Deprecation>? Deprecations { get; init; }

    /// <summary>When the block was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }

    /// <summary>The provider; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The tenant; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }
}
