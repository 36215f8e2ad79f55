using System.Text.RegularExpressions;
using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Vpcs.CreateVpc;

/// <summary>A tenant's order for a VPC at a site. Source: spec/21-vpc.md, section 3.2.</summary>
[Schema("VpcCreateRequest")]
public sealed record CreateVpc : ICommand<Guid>
{
    /// <summary>Id that the VPC is to have; made by the service when absent.</summary>
    public Guid? Id { get; init; }

    /// <summary>Name of the VPC, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>Free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>The site; Registered, and one where the tenant has an allocation.</summary>
    public Guid? SiteId { get; init; }

    /// <summary>How the VPC is made. Default: FNN where the site has routed networks, ETHERNET_VIRTUALIZER elsewhere.</summary>
    public CreatableNetworkVirtualizationType? NetworkVirtualizationType { get; init; }

    /// <summary>How an FNN VPC is routed outside its site: external, internal or privileged-internal. For tenants that may choose machines.</summary>
    public string? RoutingProfile { get; init; }

    /// <summary>A security group of the tenant at the site.</summary>
    public string? NetworkSecurityGroupId { get; init; }

    /// <summary>The VXLAN network identifier that is wished for, 0 to 65535.</summary>
    public int? Vni { get; init; }

    /// <summary>An NVLink partition of the tenant at the site, for instances that name none.</summary>
    public Guid? NvLinkLogicalPartitionId { get; init; }

    /// <summary>At most 10 labels; keys of 1 to 255 bytes, values of at most 255 bytes.</summary>
    public Dictionary<string, string>? Labels { get; init; }
}

/// <summary>The ways in which a VPC can be made.</summary>
public enum CreatableNetworkVirtualizationType
{
    /// <summary>Layer 2: subnets.</summary>
    ETHERNET_VIRTUALIZER,

    /// <summary>Routed: VPC prefixes. Where the site has routed networks.</summary>
    FNN,

    /// <summary>The site's own network, without isolation.</summary>
    FLAT,
}

internal sealed partial class CreateVpcEndpoint : CommandEndpoint<CreateVpc, Guid, VpcResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("vpc");
        Allow(Role.TenantAdmin);
        Describe(
            "create-vpc",
            "VPC",
            "Create a VPC",
            "Makes the VPC and waits a short time for the site to take it: then it is Ready. Without an answer in that time it is "
            + "answered as it stands, and the order goes on until the site takes or refuses it.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<VpcResponse> Answer(CreateVpc request, Guid id) => new GetVpc.GetVpc { VpcId = id };

    internal sealed partial class Rules : FastEndpoints.Validator<CreateVpc>
    {
        public Rules()
        {
            RuleFor(order => order.Name).RequiredName().SiteText();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.SiteId).Required();
            RuleFor(order => order.RoutingProfile).Cascade(CascadeMode.Stop)
                .Bytes(3, 64)
                .Matches(ProfileShape()).WithMessage("must begin with a letter and have letters, digits and dashes only")
                .Must(profile => profile is null || RoutingProfiles.Names.Contains(profile))
                .WithMessage("must be one of " + string.Join(", ", RoutingProfiles.Names))
                .Must((order, profile) => profile is null || order.NetworkVirtualizationType is null or CreatableNetworkVirtualizationType.FNN)
                .WithMessage("goes with the virtualization type FNN only");
            RuleFor(order => order.Vni).InclusiveBetween(0, 65535).WithMessage("must be from 0 to 65535");
            RuleFor(order => order.Labels).Labels();
        }

        [GeneratedRegex("^[A-Za-z][A-Za-z0-9-]*\\z")]
        private static partial Regex ProfileShape();
    }
}
