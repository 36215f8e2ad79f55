using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.InstanceTypes;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.GetInstanceTypeStats;

internal sealed class GetInstanceTypeStatsHandler(ActingAs acting, Db db, IOrganizations organizations, ISites sites, IInstanceTypes types)
    : IRequestHandler<GetInstanceTypeStats, IReadOnlyList<MachineInstanceTypeStats>>
{
    public async Task<IReadOnlyList<MachineInstanceTypeStats>> Handle(GetInstanceTypeStats request, CancellationToken cancellationToken)
    {
        var siteId = await acting.RequireOwnSite(sites, request.SiteId!.Value, cancellationToken);
        var numbers = await InstanceTypeNumbers.Of(siteId, db, types, cancellationToken);
        var tenants = await organizations.Tenants([.. numbers.Tenants], cancellationToken);
        return
        [
            .. numbers.Types.Select(type => new MachineInstanceTypeStats
            {
                Id = type.Id,
                Name = type.Name,
                AssignedMachineStats = numbers.AssignedOf(type.Id),
                Allocated = numbers.AllocatedOf(type.Id),
                MaxAllocatable = numbers.MaxAllocatableOf(type.Id),
                UsedMachineStats = numbers.UsedOf(type.Id),
                Tenants =
                [
                    .. numbers.TenantsOf(type.Id)
                        .Select(tenantId => numbers.Of(type.Id, tenantId, tenantId, tenants.GetValueOrDefault(tenantId)?.Org ?? tenantId.ToString()))
                        .OrderBy(tenant => tenant.Name, StringComparer.Ordinal),
                ],
            }),
        ];
    }
}
