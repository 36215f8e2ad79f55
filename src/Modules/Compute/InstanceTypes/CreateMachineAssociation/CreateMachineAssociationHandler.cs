using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.InstanceTypes.CreateMachineAssociation;

internal sealed class CreateMachineAssociationHandler(Caller caller, IOrganizations organizations, InstanceTypeRows rows, IInstanceTypeMachines machines)
    : IRequestHandler<CreateMachineAssociation, IReadOnlyList<MachineInstanceType>>
{
    public async Task<IReadOnlyList<MachineInstanceType>> Handle(CreateMachineAssociation request, CancellationToken cancellationToken)
    {
        var provider = await organizations.RequireProvider(caller, 404, cancellationToken);
        await rows.RequireOwn(request.InstanceTypeId, provider.Id, cancellationToken);
        var made = await machines.Associate(request.InstanceTypeId, request.MachineIds!, cancellationToken);
        return [.. made.Select(MachineInstanceType.Of)];
    }
}
