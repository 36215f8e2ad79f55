using System.Text.Json.Serialization;
using Nico.Hardware.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.VpcPrefixes;

/// <summary>Where a VPC prefix stands.</summary>
public enum VpcPrefixStatus
{
    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Refused by its site, or no longer there.</summary>
    Error,
}

/// <summary>What an answer about VPC prefixes can embed.</summary>
public enum VpcPrefixRelation
{
    /// <summary>The VPC, as <c>vpc</c>.</summary>
    VPC,

    /// <summary>Accepted, without effect: the tenant is the caller's own.</summary>
    Tenant,

    /// <summary>The block that the prefix was carved out of, as <c>ipBlock</c>.</summary>
    IPBlock,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,
}

/// <summary>A row of <c>networking.vpc_prefix</c>.</summary>
internal sealed record VpcPrefix
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public Guid TenantId { get; init; }

    public Guid SiteId { get; init; }

    public Guid VpcId { get; init; }

    public Guid IpBlockId { get; init; }

    /// <summary>The network with length.</summary>
    public required string Prefix { get; init; }

    public VpcPrefixStatus Status { get; init; }

    public bool AtSite { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>False when its site refused to make it: then there is nothing to be changed there.</summary>
    public bool IsToldToSite => AtSite || Status != VpcPrefixStatus.Error;

    public VpcPrefixResponse ToResponse(IEnumerable<StatusDetail> history) => new()
    {
        Id = Id,
        Name = Name,
        SiteId = SiteId,
        VpcId = VpcId,
        TenantId = TenantId,
        IpBlockId = IpBlockId,
        Prefix = Prefix,
        PrefixLength = Cidr.Of(Prefix).Length,
        Status = Status,
        StatusHistory = [.. history],
        Created = Created,
        Updated = Updated,
    };
}

/// <summary>A routed network of an FNN VPC: its site gives each interface two addresses of it.</summary>
[Schema("VpcPrefix")]
public sealed record VpcPrefixResponse
{
    /// <summary>Id of the VPC prefix.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the VPC prefix; unique for the tenant at the site.</summary>
    public required string Name { get; init; }

    /// <summary>The site that it is at.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The VPC that it belongs to.</summary>
    public Guid VpcId { get; init; }

    /// <summary>The tenant that owns it.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The tenant's IP block that it was carved out of.</summary>
    public Guid? IpBlockId { get; init; }

    /// <summary>Its network, with length.</summary>
    public string? Prefix { get; init; }

    /// <summary>Length of the prefix, 8 to 31.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Where it stands.</summary>
    public VpcPrefixStatus Status { get; init; }

    /// <summary>How much of it is in use; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IpBlockUsageStats? UsageStats { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }

    /// <summary>The VPC; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VpcSummary? Vpc { get; init; }

    /// <summary>The IP block; only when it or the usage was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IpBlockSummary? IpBlock { get; init; }
}
