using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.VpcPrefixes.GetVpcPrefix;

/// <summary>One VPC prefix. Source: spec/21-vpc.md, section 5.2.</summary>
public sealed record GetVpcPrefix : IQuery<VpcPrefixResponse>
{
    /// <summary>Id of the VPC prefix.</summary>
    [Path]
    public Guid VpcPrefixId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<VpcPrefixRelation> IncludeRelation { get; init; } = [];

    /// <summary>True to add how much of the prefix is in use.</summary>
    [Query]
    public bool? IncludeUsageStats { get; init; }

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetVpcPrefixEndpoint : QueryEndpoint<GetVpcPrefix, VpcPrefixResponse>
{
    public override void Configure()
    {
        Get("vpc-prefix/{vpcPrefixId}");
        Allow(Role.TenantAdmin);
        Describe("get-vpc-prefix", "VPC Prefix", "Retrieve a VPC prefix", "A VPC prefix of the org's tenant.", 404);
    }
}
