using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.InstanceTypes.CreateMachineAssociation;

internal sealed class CreateMachineAssociationHandler(ActingAs acting, InstanceTypeRows rows, IInstanceTypeMachines machines)
    : IRequestHandler<CreateMachineAssociation, IReadOnlyList<string>>
{
    public async Task<IReadOnlyList<string>> Handle(CreateMachineAssociation request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        await rows.RequireOwn(request.InstanceTypeId, providerId, cancellationToken);
        await machines.Associate(request.InstanceTypeId, request.MachineIds!, cancellationToken);
        return request.MachineIds!;
    }
}

/// <summary>How machines belong to an instance type that the caller owns, in the order of the machines.</summary>
internal sealed record AssociationsOfMachines(Guid InstanceTypeId, IReadOnlyList<string> MachineIds) : IQuery<IReadOnlyList<MachineInstanceType>>;

internal sealed class AssociationsOfMachinesHandler(IInstanceTypeMachines machines)
    : IRequestHandler<AssociationsOfMachines, IReadOnlyList<MachineInstanceType>>
{
    public async Task<IReadOnlyList<MachineInstanceType>> Handle(AssociationsOfMachines request, CancellationToken cancellationToken) =>
        [.. (await machines.Of(request.InstanceTypeId, request.MachineIds, cancellationToken)).Select(MachineInstanceType.Of)];
}
