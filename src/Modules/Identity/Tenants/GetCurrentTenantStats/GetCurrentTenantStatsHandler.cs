using MediatR;
using Nico.Compute.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.Tenants.GetCurrentTenantStats;

internal sealed class GetCurrentTenantStatsHandler(
    Caller caller, Db db, IOrganizations organizations, IInstanceCounts instances, INetworkCounts networks)
    : IRequestHandler<GetCurrentTenantStats, TenantStats>
{
    public async Task<TenantStats> Handle(GetCurrentTenantStats request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 404, cancellationToken);
        var instance = await instances.ByStatus(tenant.Id, cancellationToken);
        var vpc = await networks.Vpcs(tenant.Id, cancellationToken);
        var subnet = await networks.Subnets(tenant.Id, cancellationToken);
        return new TenantStats
        {
            Instance = new InstanceCountByStatus
            {
                Total = instance.Values.Sum(),
                Pending = instance.GetValueOrDefault("Pending"),
                Provisioning = instance.GetValueOrDefault("Provisioning"),
                Registering = instance.GetValueOrDefault("Provisioning"),
                Ready = instance.GetValueOrDefault("Ready"),
                Updating = instance.GetValueOrDefault("Updating"),
                Terminating = instance.GetValueOrDefault("Terminating"),
                Error = instance.GetValueOrDefault("Error"),
            },
            Vpc = NetworkCountByStatus.Of<VpcCountByStatus>(vpc),
            Subnet = NetworkCountByStatus.Of<SubnetCountByStatus>(subnet),
            TenantAccount = await TenantAccountCountByStatus.OfTenant(db, tenant.Id, cancellationToken),
        };
    }
}
