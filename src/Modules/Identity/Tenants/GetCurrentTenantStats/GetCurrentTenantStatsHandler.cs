using MediatR;
using Nico.Compute.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Identity.Tenants.GetCurrentTenantStats;

internal sealed class GetCurrentTenantStatsHandler(
    ActingAs acting, Db db, IInstanceCounts instances, INetworkCounts networks)
    : IRequestHandler<GetCurrentTenantStats, TenantStats>
{
    public async Task<TenantStats> Handle(GetCurrentTenantStats request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.NotFound, cancellationToken);
        var instance = await instances.ByStatus(tenantId, cancellationToken);
        var vpc = await networks.Vpcs(tenantId, cancellationToken);
        var subnet = await networks.Subnets(tenantId, cancellationToken);
        return new TenantStats
        {
            Instance = new InstanceCountByStatus
            {
                Total = instance.Values.Sum(),
                Pending = instance.GetValueOrDefault("Pending"),
                Provisioning = instance.GetValueOrDefault("Provisioning"),
                Registering = instance.GetValueOrDefault("Provisioning"),
                Configuring = instance.GetValueOrDefault("Configuring"),
                Ready = instance.GetValueOrDefault("Ready"),
                Rebooting = instance.GetValueOrDefault("Rebooting"),
                Repairing = instance.GetValueOrDefault("Repairing"),
                Updating = instance.GetValueOrDefault("Updating"),
                Terminating = instance.GetValueOrDefault("Terminating"),
                Error = instance.GetValueOrDefault("Error"),
                Unknown = instance.GetValueOrDefault("Unknown"),
            },
            Vpc = NetworkCountByStatus.Of<VpcCountByStatus>(vpc),
            Subnet = NetworkCountByStatus.Of<SubnetCountByStatus>(subnet),
            TenantAccount = await TenantAccountCountByStatus.OfTenant(db, tenantId, cancellationToken),
        };
    }
}
