using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.VpcPrefixes.DeleteVpcPrefix;

/// <summary>A tenant's order to remove a VPC prefix. Source: spec/21-vpc.md, section 5.4.</summary>
public sealed record DeleteVpcPrefix : ICommand<Unit>
{
    /// <summary>Id of the VPC prefix.</summary>
    [Path]
    public Guid VpcPrefixId { get; init; }
}

internal sealed class DeleteVpcPrefixEndpoint : DeleteEndpoint<DeleteVpcPrefix>
{
    protected override int SuccessStatus => 204;

    public override void Configure()
    {
        Delete("vpc-prefix/{vpcPrefixId}");
        Allow(Role.TenantAdmin);
        Describe(
            "delete-vpc-prefix",
            "VPC Prefix",
            "Delete a VPC prefix",
            "Removes a VPC prefix that no instance uses. It is Deleting, and its addresses stay reserved, until its site no longer has it. "
            + "Repeating the order is no error.",
            404,
            409,
            412,
            501);
    }
}
