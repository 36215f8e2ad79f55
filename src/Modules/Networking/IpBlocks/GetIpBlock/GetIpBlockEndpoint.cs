using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.IpBlocks.GetIpBlock;

/// <summary>One IP block. Source: spec/20-ip-and-allocation.md, section 5.3.</summary>
public sealed record GetIpBlock : IQuery<IpBlockResponse>
{
    /// <summary>Id of the block.</summary>
    [Path]
    public Guid IpBlockId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>True to add how much of the block is in use.</summary>
    [Query]
    public bool? IncludeUsageStats { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<IpBlockRelation> IncludeRelation { get; init; } = [];

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetIpBlockEndpoint : QueryEndpoint<GetIpBlock, IpBlockResponse>
{
    public override void Configure()
    {
        Get("ipblock/{ipBlockId}");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-ipblock",
            "IP Block",
            "Retrieve an IP block",
            "A provider may read its own blocks and what was given to tenants out of them, a tenant what was given to it.",
            404);
    }
}
