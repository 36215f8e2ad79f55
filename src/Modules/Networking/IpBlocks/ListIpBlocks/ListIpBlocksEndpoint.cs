using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks.ListIpBlocks;

/// <summary>The IP blocks that the caller may see. Source: spec/20-ip-and-allocation.md, section 5.2.</summary>
public sealed record ListIpBlocks : ListQuery, IQuery<Page<IpBlockResponse>>
{
    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>Only blocks of this site.</summary>
    [Query]
    public Guid? SiteId { get; init; }

    /// <summary>Only blocks in this status.</summary>
    [Query]
    public IpBlockStatus? Status { get; init; }

    /// <summary>True to add how much of each block is in use.</summary>
    [Query]
    public bool? IncludeUsageStats { get; init; }

    /// <summary>Text to search for in name, description and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<IpBlockRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => IpBlock.Orders;
}

internal sealed class ListIpBlocksEndpoint : ListEndpoint<ListIpBlocks, IpBlockResponse>
{
    public override void Configure()
    {
        Get("ipblock");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-all-ipblock",
            "IP Block",
            "List IP blocks",
            "A provider sees its own blocks, a tenant those that allocations gave to it; a caller who is both sees both.");
    }
}
