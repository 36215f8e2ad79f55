using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks.ListDerivedIpBlocks;

/// <summary>The blocks that allocations carved out of a provider's block. Source: spec/20-ip-and-allocation.md, section 5.4.</summary>
public sealed record ListDerivedIpBlocks : ListQuery, IQuery<Page<IpBlockResponse>>
{
    /// <summary>Id of the provider's block.</summary>
    [Path]
    public Guid IpBlockId { get; init; }

    /// <summary>Only blocks in this status.</summary>
    [Query]
    public IpBlockStatus? Status { get; init; }

    /// <summary>Text to search for in name, description and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<IpBlockRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => IpBlock.Orders;
}

internal sealed class ListDerivedIpBlocksEndpoint : ListEndpoint<ListDerivedIpBlocks, IpBlockResponse>
{
    public override void Configure()
    {
        Get("ipblock/{ipBlockId}/derived");
        Allow(Role.ProviderAdmin, Role.ProviderViewer);
        Describe(
            "get-all-derived-ipblock",
            "IP Block",
            "List derived IP blocks",
            "The tenants' blocks that allocations carved out of one of the provider's own.",
            404);
    }
}
