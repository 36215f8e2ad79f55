using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Allocations;

/// <summary>Rows of allocations as answers, with their history and relations: a fixed number of statements.</summary>
internal sealed class AllocationAnswers(IIpBlockGrants blocks, IInstanceTypes types, ISites sites, IOrganizations organizations)
{
    public async Task<IReadOnlyList<AllocationResponse>> Of(
        IReadOnlyList<Allocation> allocations, IReadOnlyList<AllocationRelation> relations, CancellationToken ct)
    {
        if (allocations.Count == 0)
        {
            return [];
        }

        var sources = await blocks.Summaries(
            allocations.Where(a => a.ResourceType == AllocationResourceType.IPBlock).Ids(a => a.ResourceTypeId), ct);
        var kinds = await types.Summaries(
            allocations.Where(a => a.ResourceType == AllocationResourceType.InstanceType).Ids(a => a.ResourceTypeId), ct);
        var theirSites = relations.Has(AllocationRelation.Site) ? await sites.Summaries(allocations.Ids(a => a.SiteId), ct) : null;
        var providers = relations.Has(AllocationRelation.InfrastructureProvider)
            ? await organizations.Providers(allocations.Ids(a => a.InfrastructureProviderId), ct)
            : null;
        var tenants = relations.Has(AllocationRelation.Tenant) ? await organizations.Tenants(allocations.Ids(a => a.TenantId), ct) : null;
        return
        [
            .. allocations.Select(allocation => allocation.ToResponse(allocation.History, sources, kinds) with
            {
                Site = theirSites?.GetValueOrDefault(allocation.SiteId),
                InfrastructureProvider = providers?.GetValueOrDefault(allocation.InfrastructureProviderId),
                Tenant = tenants?.GetValueOrDefault(allocation.TenantId),
            }),
        ];
    }
}
