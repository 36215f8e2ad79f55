using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Subnets.CreateSubnet;

/// <summary>A tenant's order for a layer 2 network in one of its VPCs. Source: spec/21-vpc.md, section 4.1.</summary>
[Schema("SubnetCreateRequest")]
public sealed record CreateSubnet : ICommand<Guid>
{
    /// <summary>Name of the subnet, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>Free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>The VPC: ETHERNET_VIRTUALIZER, Ready, the tenant's own.</summary>
    public Guid? VpcId { get; init; }

    /// <summary>The tenant's IPv4 block at the VPC's site to carve the subnet out of; required.</summary>
    public Guid? Ipv4BlockId { get; init; }

    /// <summary>Must be absent: subnets are IPv4.</summary>
    public Guid? Ipv6BlockId { get; init; }

    /// <summary>Length of the prefix, 8 to 30. The block's own length takes all of it.</summary>
    public int? PrefixLength { get; init; }
}

internal sealed class CreateSubnetEndpoint : CommandEndpoint<CreateSubnet, Guid, SubnetResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("subnet");
        Allow(Role.TenantAdmin);
        Describe(
            "create-subnet",
            "Subnet",
            "Create a subnet",
            "Carves the smallest fitting part out of the IPv4 block and has the site make a network of it. It is Ready when the site says so.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<SubnetResponse> Answer(CreateSubnet request, Guid id) => new GetSubnet.GetSubnet { SubnetId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateSubnet>
    {
        public Rules()
        {
            RuleFor(order => order.Name).Cascade(CascadeMode.Stop).Required().Bytes(2, 256).SiteText().Visible();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.VpcId).Required();
            RuleFor(order => order.Ipv4BlockId).Must(id => id is not null).WithMessage("is required");
            RuleFor(order => order.Ipv6BlockId).Null().WithMessage("must be absent: subnets are IPv4");
            RuleFor(order => order.PrefixLength).Cascade(CascadeMode.Stop).Required().InclusiveBetween(8, 30).WithMessage("must be from 8 to 30");
        }
    }
}
