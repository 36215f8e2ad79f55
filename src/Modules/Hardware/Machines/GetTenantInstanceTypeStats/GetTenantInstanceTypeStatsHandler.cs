using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.InstanceTypes;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.GetTenantInstanceTypeStats;

internal sealed class GetTenantInstanceTypeStatsHandler(ActingAs acting, Db db, IOrganizations organizations, ISites sites, IInstanceTypes types)
    : IRequestHandler<GetTenantInstanceTypeStats, IReadOnlyList<TenantInstanceTypeStats>>
{
    public async Task<IReadOnlyList<TenantInstanceTypeStats>> Handle(GetTenantInstanceTypeStats request, CancellationToken cancellationToken)
    {
        var siteId = await acting.RequireOwnSite(sites, request.SiteId!.Value, cancellationToken);
        var numbers = await InstanceTypeNumbers.Of(siteId, db, types, cancellationToken);
        var tenants = await organizations.Tenants([.. numbers.Tenants], cancellationToken);
        var promisedTo = numbers.Types.ToDictionary(type => type.Id, type => numbers.TenantsOf(type.Id).ToHashSet());
        return
        [
            .. tenants.Values.OrderBy(tenant => tenant.Org, StringComparer.Ordinal).Select(tenant => new TenantInstanceTypeStats
            {
                Id = tenant.Id,
                Org = tenant.Org,
                OrgDisplayName = string.IsNullOrEmpty(tenant.OrgDisplayName) ? tenant.Org : tenant.OrgDisplayName,
                InstanceTypes =
                [
                    .. numbers.Types.Where(type => promisedTo[type.Id].Contains(tenant.Id)).Select(type => numbers.Of(type.Id, tenant.Id, type.Id, type.Name)),
                ],
            }),
        ];
    }
}
