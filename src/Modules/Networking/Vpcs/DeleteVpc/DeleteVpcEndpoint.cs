using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Vpcs.DeleteVpc;

/// <summary>A tenant's order to remove a VPC. Source: spec/21-vpc.md, section 3.6.</summary>
public sealed record DeleteVpc : ICommand<Unit>
{
    /// <summary>Id of the VPC.</summary>
    [Path]
    public Guid VpcId { get; init; }
}

internal sealed class DeleteVpcEndpoint : DeleteEndpoint<DeleteVpc>
{
    public override void Configure()
    {
        Delete("vpc/{vpcId}");
        Allow(Role.TenantAdmin);
        Describe(
            "delete-vpc",
            "VPC",
            "Delete a VPC",
            "Removes a VPC in which nothing is left: no subnet, no VPC prefix, no instance. It is Deleting until its site no longer has it. "
            + "Repeating the order is no error.",
            404,
            409,
            412,
            501);
    }
}
