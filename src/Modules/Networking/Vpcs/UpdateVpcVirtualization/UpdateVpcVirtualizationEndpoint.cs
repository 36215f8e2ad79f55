using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Vpcs.UpdateVpcVirtualization;

/// <summary>A tenant's order to have an empty VPC made another way. Source: spec/21-vpc.md, section 3.5.</summary>
[Schema("VpcVirtualizationUpdateRequest")]
public sealed record UpdateVpcVirtualization : ICommand<Guid>
{
    /// <summary>Id of the VPC.</summary>
    [Path]
    public Guid VpcId { get; init; }

    /// <summary>How the VPC is to be made; required.</summary>
    public ReachableNetworkVirtualizationType? NetworkVirtualizationType { get; init; }
}

/// <summary>The ways in which a VPC that is there can be made instead.</summary>
public enum ReachableNetworkVirtualizationType
{
    /// <summary>Routed: VPC prefixes. Where the site has routed networks.</summary>
    FNN,
}

internal sealed class UpdateVpcVirtualizationEndpoint : CommandEndpoint<UpdateVpcVirtualization, Guid, VpcResponse>
{
    public override void Configure()
    {
        Patch("vpc/{vpcId}/virtualization");
        Allow(Role.TenantAdmin);
        Describe(
            "update-vpc-virtualization",
            "VPC",
            "Update a VPC's virtualization",
            "Has the site make a Ready VPC with nothing in it routed (FNN). Until the site has done it the VPC is Configuring, and nothing can be "
            + "put in it; a refusal takes it back.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<VpcResponse> Answer(UpdateVpcVirtualization request, Guid id) =>
        new GetVpc.GetVpc { VpcId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateVpcVirtualization>
    {
        // Not Required(): the contract's document does not say so.
        public Rules() => RuleFor(order => order.NetworkVirtualizationType).Must(type => type is not null).WithMessage("is required");
    }
}
