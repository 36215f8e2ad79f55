using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.InstanceTypes.ListMachineAssociations;

internal sealed class ListMachineAssociationsHandler(ActingAs acting, InstanceTypeRows rows, IInstanceTypeMachines machines)
    : IRequestHandler<ListMachineAssociations, Page<MachineInstanceType>>
{
    public async Task<Page<MachineInstanceType>> Handle(ListMachineAssociations request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        if ((await rows.Find(request.InstanceTypeId, cancellationToken))?.InfrastructureProviderId != providerId)
        {
            throw Problem.NotFound("Instance type", request.InstanceTypeId);
        }

        return (await machines.Page(request.InstanceTypeId, request, cancellationToken)).Select(MachineInstanceType.Of);
    }
}
