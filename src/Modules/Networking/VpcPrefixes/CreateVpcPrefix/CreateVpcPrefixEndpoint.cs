using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.VpcPrefixes.CreateVpcPrefix;

/// <summary>A tenant's order for a routed network in one of its FNN VPCs. Source: spec/21-vpc.md, section 5.1.</summary>
[Schema("VpcPrefixCreateRequest")]
public sealed record CreateVpcPrefix : ICommand<Guid>
{
    /// <summary>Name of the VPC prefix, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>The VPC: FNN, Ready, the tenant's own.</summary>
    public Guid? VpcId { get; init; }

    /// <summary>The tenant's IP block at the VPC's site to carve the prefix out of.</summary>
    public Guid? IpBlockId { get; init; }

    /// <summary>Length of the prefix, 8 to 31. The block's own length takes all of it.</summary>
    public int? PrefixLength { get; init; }
}

internal sealed class CreateVpcPrefixEndpoint : CommandEndpoint<CreateVpcPrefix, Guid, VpcPrefixResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("vpc-prefix");
        Allow(Role.TenantAdmin);
        Describe(
            "create-vpc-prefix",
            "VPC Prefix",
            "Create a VPC prefix",
            "Carves the smallest fitting part out of the IP block and gives it to the VPC. Instances can be attached to it at once.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<VpcPrefixResponse> Answer(CreateVpcPrefix request, Guid id) =>
        new GetVpcPrefix.GetVpcPrefix { VpcPrefixId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateVpcPrefix>
    {
        public Rules()
        {
            RuleFor(order => order.Name).Cascade(CascadeMode.Stop).Required().Bytes(2, 256).SiteText().Visible();
            RuleFor(order => order.VpcId).Required();
            RuleFor(order => order.IpBlockId).Required();
            RuleFor(order => order.PrefixLength).Cascade(CascadeMode.Stop).Required().InclusiveBetween(8, 31).WithMessage("must be from 8 to 31");
        }
    }
}
