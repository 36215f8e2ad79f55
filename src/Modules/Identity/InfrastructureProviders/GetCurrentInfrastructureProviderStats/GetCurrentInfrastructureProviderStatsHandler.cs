using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Identity.InfrastructureProviders.GetCurrentInfrastructureProviderStats;

internal sealed class GetCurrentInfrastructureProviderStatsHandler(
    ActingAs acting, Db db, IMachineCounts machines, INetworkCounts networks)
    : IRequestHandler<GetCurrentInfrastructureProviderStats, InfrastructureProviderStats>
{
    public async Task<InfrastructureProviderStats> Handle(GetCurrentInfrastructureProviderStats request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var machine = await machines.ByStatus(providerId, cancellationToken);
        var block = await networks.IpBlocks(providerId, cancellationToken);
        return new InfrastructureProviderStats
        {
            Machine = new MachineCountByStatus
            {
                Total = machine.Values.Sum(),
                Initializing = machine.GetValueOrDefault(MachineStatus.Initializing),
                Reset = machine.GetValueOrDefault(MachineStatus.Reset),
                Assigned = machine.GetValueOrDefault(MachineStatus.InUse),
                Ready = machine.GetValueOrDefault(MachineStatus.Ready),
                InUse = machine.GetValueOrDefault(MachineStatus.InUse),
                Error = machine.GetValueOrDefault(MachineStatus.Error),
                Decommissioned = machine.GetValueOrDefault(MachineStatus.Decommissioned),
                Maintenance = machine.GetValueOrDefault(MachineStatus.Maintenance),
                Unknown = machine.GetValueOrDefault(MachineStatus.Unknown),
            },
            IpBlock = NetworkCountByStatus.Of<IpBlockCountByStatus>(block),
            TenantAccount = await TenantAccountCountByStatus.OfProvider(db, providerId, cancellationToken),
        };
    }
}
