using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Subnets.DeleteSubnet;

/// <summary>A tenant's order to remove a subnet. Source: spec/21-vpc.md, section 4.4.</summary>
public sealed record DeleteSubnet : ICommand<Unit>
{
    /// <summary>Id of the subnet.</summary>
    [Path]
    public Guid SubnetId { get; init; }
}

internal sealed class DeleteSubnetEndpoint : DeleteEndpoint<DeleteSubnet>
{
    protected override int SuccessStatus => 204;

    public override void Configure()
    {
        Delete("subnet/{subnetId}");
        Allow(Role.TenantAdmin);
        Describe(
            "delete-subnet",
            "Subnet",
            "Delete a subnet",
            "Removes a subnet that no instance uses. It is Deleting, and its addresses stay reserved, until its site no longer has it. "
            + "Repeating the order is no error.",
            404,
            409,
            412,
            501);
    }
}
