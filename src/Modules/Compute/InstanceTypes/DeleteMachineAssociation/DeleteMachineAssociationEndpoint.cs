using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes.DeleteMachineAssociation;

/// <summary>A provider's order that a machine leave an instance type. Source: spec/31-instance-type.md, section 6.3.</summary>
public sealed record DeleteMachineAssociation : ICommand<Unit>
{
    /// <summary>Id of the instance type.</summary>
    [Path]
    public Guid InstanceTypeId { get; init; }

    /// <summary>Id of the machine; that of the association is understood too.</summary>
    [Path]
    public string MachineAssociationId { get; init; } = "";
}

internal sealed class DeleteMachineAssociationEndpoint : DeleteEndpoint<DeleteMachineAssociation>
{
    public override void Configure()
    {
        Delete("instance/type/{instanceTypeId}/machine/{machineAssociationId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-instance-type-machine-association",
            "Instance Type",
            "Remove a machine from an instance type",
            "Has a machine that carries no instance leave the instance type, unless all that are left are allocated to tenants.",
            404,
            409,
            412);
    }
}
