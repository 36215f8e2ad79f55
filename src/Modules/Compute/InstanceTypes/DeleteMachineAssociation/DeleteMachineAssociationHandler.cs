using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.InstanceTypes.DeleteMachineAssociation;

internal sealed class DeleteMachineAssociationHandler(Caller caller, IOrganizations organizations, InstanceTypeRows rows, IInstanceTypeMachines machines)
    : IRequestHandler<DeleteMachineAssociation, Unit>
{
    public async Task<Unit> Handle(DeleteMachineAssociation request, CancellationToken cancellationToken)
    {
        var provider = await organizations.RequireProvider(caller, 404, cancellationToken);
        await rows.RequireOwn(request.InstanceTypeId, provider.Id, cancellationToken);
        return await machines.Remove(request.InstanceTypeId, request.MachineAssociationId, cancellationToken)
            ? Unit.Value
            : throw Problem.NotFound("Machine association", request.MachineAssociationId);
    }
}
