using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.Subnets.ListSubnets;

/// <summary>The tenant's subnets. Source: spec/21-vpc.md, section 4.2.</summary>
public sealed record ListSubnets : ListQuery, IQuery<Page<SubnetResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By("name", "status", "created", "updated");

    /// <summary>Only subnets at this site.</summary>
    [Query]
    public Guid? SiteId { get; init; }

    /// <summary>Only subnets of this VPC.</summary>
    [Query]
    public Guid? VpcId { get; init; }

    /// <summary>Only subnets in this status.</summary>
    [Query]
    public SubnetStatus? Status { get; init; }

    /// <summary>Text to search for in name, description and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<SubnetRelation> IncludeRelation { get; init; } = [];

    /// <summary>True to add how much of each prefix is in use.</summary>
    [Query]
    public bool? IncludeUsageStats { get; init; }

    public override ListOrder Orders() => _orders;
}

internal sealed class ListSubnetsEndpoint : ListEndpoint<ListSubnets, SubnetResponse>
{
    public override void Configure()
    {
        Get("subnet");
        Allow(Role.TenantAdmin);
        Describe("get-all-subnet", "Subnet", "List subnets", "The subnets of the org's tenant, at every site that it uses.");
    }
}
