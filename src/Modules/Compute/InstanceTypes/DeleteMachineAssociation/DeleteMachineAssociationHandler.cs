using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.InstanceTypes.DeleteMachineAssociation;

internal sealed class DeleteMachineAssociationHandler(ActingAs acting, InstanceTypeRows rows, IInstanceTypeMachines machines)
    : IRequestHandler<DeleteMachineAssociation, Unit>
{
    public async Task<Unit> Handle(DeleteMachineAssociation request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        await rows.RequireOwn(request.InstanceTypeId, providerId, cancellationToken);
        return await machines.Remove(request.InstanceTypeId, request.MachineAssociationId, cancellationToken)
            ? Unit.Value
            : throw Problem.NotFound("Machine association", request.MachineAssociationId);
    }
}
