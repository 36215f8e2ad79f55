using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.Vpcs;

/// <summary>Rows of VPCs as answers, with their relations: a fixed number of statements.</summary>
internal sealed class VpcAnswers(ISites sites, IOrganizations organizations)
{
    public async Task<IReadOnlyList<VpcResponse>> Of(IReadOnlyList<Vpc> vpcs, IReadOnlyList<VpcRelation> relations, CancellationToken ct)
    {
        if (vpcs.Count == 0)
        {
            return [];
        }

        var theirSites = relations.Has(VpcRelation.Site) ? await sites.Summaries(vpcs.Ids(v => v.SiteId), ct) : null;
        var providers = relations.Has(VpcRelation.InfrastructureProvider)
            ? await organizations.Providers(vpcs.Ids(v => v.InfrastructureProviderId), ct)
            : null;
        var tenants = relations.Has(VpcRelation.Tenant) ? await organizations.Tenants(vpcs.Ids(v => v.TenantId), ct) : null;
        return
        [
            .. vpcs.Select(vpc => vpc.ToResponse(vpc.History) with
            {
                Site = theirSites?.GetValueOrDefault(vpc.SiteId),
                InfrastructureProvider = providers?.GetValueOrDefault(vpc.InfrastructureProviderId),
                Tenant = tenants?.GetValueOrDefault(vpc.TenantId),
            }),
        ];
    }
}
