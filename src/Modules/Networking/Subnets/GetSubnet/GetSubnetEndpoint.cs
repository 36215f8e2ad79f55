using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Subnets.GetSubnet;

/// <summary>One subnet. Source: spec/21-vpc.md, section 4.2.</summary>
public sealed record GetSubnet : IQuery<SubnetResponse>
{
    /// <summary>Id of the subnet.</summary>
    [Path]
    public Guid SubnetId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<SubnetRelation> IncludeRelation { get; init; } = [];

    /// <summary>True to add how much of the prefix is in use.</summary>
    [Query]
    public bool? IncludeUsageStats { get; init; }

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetSubnetEndpoint : QueryEndpoint<GetSubnet, SubnetResponse>
{
    public override void Configure()
    {
        Get("subnet/{subnetId}");
        Allow(Role.TenantAdmin);
        Describe("get-subnet", "Subnet", "Retrieve a subnet", "A subnet of the org's tenant.", 404);
    }
}
