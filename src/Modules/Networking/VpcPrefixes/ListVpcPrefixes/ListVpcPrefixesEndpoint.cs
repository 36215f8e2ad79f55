using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.VpcPrefixes.ListVpcPrefixes;

/// <summary>The tenant's VPC prefixes. Source: spec/21-vpc.md, section 5.2.</summary>
public sealed record ListVpcPrefixes : ListQuery, IQuery<Page<VpcPrefixResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By("name", "status", "created", "updated");

    /// <summary>Only VPC prefixes at this site.</summary>
    [Query]
    public Guid? SiteId { get; init; }

    /// <summary>Only VPC prefixes of this VPC.</summary>
    [Query]
    public Guid? VpcId { get; init; }

    /// <summary>Only VPC prefixes in this status.</summary>
    [Query]
    public VpcPrefixStatus? Status { get; init; }

    /// <summary>Text to search for in name and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<VpcPrefixRelation> IncludeRelation { get; init; } = [];

    /// <summary>True to add how much of each prefix is in use.</summary>
    [Query]
    public bool? IncludeUsageStats { get; init; }

    public override ListOrder Orders() => _orders;
}

internal sealed class ListVpcPrefixesEndpoint : ListEndpoint<ListVpcPrefixes, VpcPrefixResponse>
{
    public override void Configure()
    {
        Get("vpc-prefix");
        Allow(Role.TenantAdmin);
        Describe("get-all-vpc-prefix", "VPC Prefix", "List VPC prefixes", "The VPC prefixes of the org's tenant, at every site that it uses.");
    }
}
