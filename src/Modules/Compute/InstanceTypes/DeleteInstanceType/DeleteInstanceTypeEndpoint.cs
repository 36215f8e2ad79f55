using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes.DeleteInstanceType;

/// <summary>A provider's order to remove an instance type. Source: spec/31-instance-type.md, section 3.5.</summary>
public sealed record DeleteInstanceType : ICommand<Unit>
{
    /// <summary>Id of the instance type.</summary>
    [Path]
    public Guid InstanceTypeId { get; init; }
}

internal sealed class DeleteInstanceTypeEndpoint : DeleteEndpoint<DeleteInstanceType>
{
    public override void Configure()
    {
        Delete("instance/type/{instanceTypeId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-instance-type",
            "Instance Type",
            "Delete an instance type",
            "Removes an instance type of which there is no allocation and no instance. Its machines belong to none then. It is Deleting until its "
            + "site no longer has it; repeating the order is no error.",
            404,
            409,
            412);
    }
}
