using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.VpcPrefixes.UpdateVpcPrefix;

/// <summary>A tenant's order to rename a VPC prefix. Source: spec/21-vpc.md, section 5.3.</summary>
[Schema("VpcPrefixUpdateRequest")]
public sealed record UpdateVpcPrefix : ICommand<Guid>
{
    /// <summary>Id of the VPC prefix.</summary>
    [Path]
    public Guid VpcPrefixId { get; init; }

    /// <summary>New name, 2 to 256 bytes of ASCII; unique for the tenant at the site. Absent, the site is told the present one again.</summary>
    public string? Name { get; init; }

    /// <summary>Must be absent: addresses never change.</summary>
    public Guid? IpBlockId { get; init; }

    /// <summary>Must be absent: addresses never change.</summary>
    public int? PrefixLength { get; init; }
}

internal sealed class UpdateVpcPrefixEndpoint : CommandEndpoint<UpdateVpcPrefix, Guid, VpcPrefixResponse>
{
    public override void Configure()
    {
        Patch("vpc-prefix/{vpcPrefixId}");
        Allow(Role.TenantAdmin);
        Describe(
            "update-vpc-prefix",
            "VPC Prefix",
            "Update a VPC prefix",
            "Renames the VPC prefix, at its site too. A name that the site refuses is taken back.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<VpcPrefixResponse> Answer(UpdateVpcPrefix request, Guid id) =>
        new GetVpcPrefix.GetVpcPrefix { VpcPrefixId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateVpcPrefix>
    {
        public Rules()
        {
            RuleFor(order => order.Name).Bytes(2, 256).SiteText().Visible();
            RuleFor(order => order.IpBlockId).Null().WithMessage("must be absent: addresses never change");
            RuleFor(order => order.PrefixLength).Null().WithMessage("must be absent: addresses never change");
        }
    }
}
