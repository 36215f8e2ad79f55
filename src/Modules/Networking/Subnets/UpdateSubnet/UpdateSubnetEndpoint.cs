using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Subnets.UpdateSubnet;

/// <summary>A tenant's order to rename or describe a subnet: what is absent stays. Source: spec/21-vpc.md, section 4.3.</summary>
[Schema("SubnetUpdateRequest")]
public sealed record UpdateSubnet : ICommand<Guid>
{
    /// <summary>Id of the subnet.</summary>
    [Path]
    public Guid SubnetId { get; init; }

    /// <summary>New name, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>New free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }
}

internal sealed class UpdateSubnetEndpoint : CommandEndpoint<UpdateSubnet, Guid, SubnetResponse>
{
    public override void Configure()
    {
        Patch("subnet/{subnetId}");
        Allow(Role.TenantAdmin);
        Describe(
            "update-subnet",
            "Subnet",
            "Update a subnet",
            "Changes name and description. The site is not told: sites cannot rename their network segments.",
            404,
            409);
    }

    protected override IQuery<SubnetResponse> Answer(UpdateSubnet request, Guid id) =>
        new GetSubnet.GetSubnet { SubnetId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateSubnet>
    {
        public Rules()
        {
            RuleFor(order => order.Name).Bytes(2, 256).SiteText().Visible();
            RuleFor(order => order.Description).SiteDescription();
        }
    }
}
