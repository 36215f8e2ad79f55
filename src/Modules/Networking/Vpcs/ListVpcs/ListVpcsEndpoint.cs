using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.Vpcs.ListVpcs;

/// <summary>The tenant's VPCs. Source: spec/21-vpc.md, section 3.3.</summary>
public sealed record ListVpcs : ListQuery, IQuery<Page<VpcResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By("name", "status", "created", "updated");

    /// <summary>Only VPCs at these sites; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> SiteId { get; init; } = [];

    /// <summary>Only VPCs in these statuses; may be repeated.</summary>
    [Query]
    public IReadOnlyList<VpcStatus> Status { get; init; } = [];

    /// <summary>Only VPCs with these security groups; may be repeated.</summary>
    [Query]
    public IReadOnlyList<string> NetworkSecurityGroupId { get; init; } = [];

    /// <summary>Only VPCs with these default NVLink partitions; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> NvLinkLogicalPartitionId { get; init; } = [];

    /// <summary>Text to search for in name, description, virtualization type, status and labels.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<VpcRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => _orders;
}

internal sealed class ListVpcsEndpoint : ListEndpoint<ListVpcs, VpcResponse>
{
    public override void Configure()
    {
        Get("vpc");
        Allow(Role.TenantAdmin);
        Describe("get-all-vpc", "VPC", "List VPCs", "The VPCs of the org's tenant, at every site that it uses.");
    }
}
