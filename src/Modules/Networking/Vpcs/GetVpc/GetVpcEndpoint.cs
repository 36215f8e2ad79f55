using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Vpcs.GetVpc;

/// <summary>One VPC. Source: spec/21-vpc.md, section 3.3.</summary>
public sealed record GetVpc : IQuery<VpcResponse>
{
    /// <summary>Id of the VPC.</summary>
    [Path]
    public Guid VpcId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<VpcRelation> IncludeRelation { get; init; } = [];

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetVpcEndpoint : QueryEndpoint<GetVpc, VpcResponse>
{
    public override void Configure()
    {
        Get("vpc/{vpcId}");
        Allow(Role.TenantAdmin);
        Describe("get-vpc", "VPC", "Retrieve a VPC", "A VPC of the org's tenant.", 404);
    }
}
