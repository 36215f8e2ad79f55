using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Vpcs.UpdateVpc;

/// <summary>A tenant's order to change a VPC: what is absent stays. Source: spec/21-vpc.md, section 3.4.</summary>
[Schema("VpcUpdateRequest")]
public sealed record UpdateVpc : ICommand<Guid>
{
    /// <summary>Id of the VPC.</summary>
    [Path]
    public Guid VpcId { get; init; }

    /// <summary>New name, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>New free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>The security group that the VPC is to have; the empty text takes it away.</summary>
    public string? NetworkSecurityGroupId { get; init; }

    /// <summary>The NVLink partition of instances that name none; the empty text takes it away. Where the site has NVLink partitions.</summary>
    public string? NvLinkLogicalPartitionId { get; init; }

    /// <summary>The labels that the VPC is to have; an empty map takes all away.</summary>
    public Dictionary<string, string>? Labels { get; init; }
}

internal sealed class UpdateVpcEndpoint : CommandEndpoint<UpdateVpc, Guid, VpcResponse>
{
    public override void Configure()
    {
        Patch("vpc/{vpcId}");
        Allow(Role.TenantAdmin);
        Describe(
            "update-vpc",
            "VPC",
            "Update a VPC",
            "Changes what is named and has the site call the VPC so too. A change that the site refuses is undone.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<VpcResponse> Answer(UpdateVpc request, Guid id) =>
        new GetVpc.GetVpc { VpcId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateVpc>
    {
        public Rules()
        {
            RuleFor(order => order.Name).OptionalName().SiteText();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.NvLinkLogicalPartitionId).UuidOrEmpty();
            RuleFor(order => order.Labels).Labels();
        }
    }
}
