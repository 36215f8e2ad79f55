using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Carving;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks;

/// <summary>Rows of IP blocks as answers, with their history and whatever was asked for besides: a fixed number of statements.</summary>
internal sealed class IpBlockAnswers(Carver carver, ISites sites, IOrganizations organizations)
{
    public async Task<IReadOnlyList<IpBlockResponse>> Of(
        IReadOnlyList<IpBlock> blocks, IReadOnlyList<IpBlockRelation> relations, bool usage, CancellationToken ct)
    {
        if (blocks.Count == 0)
        {
            return [];
        }

        var stats = usage ? await carver.Usage(blocks.ToDictionary(b => b.Id, b => b.Network), ct) : null;
        var theirSites = relations.Has(IpBlockRelation.Site) ? await sites.Summaries(blocks.Ids(b => b.SiteId), ct) : null;
        var providers = relations.Has(IpBlockRelation.InfrastructureProvider)
            ? await organizations.Providers(blocks.Ids(b => b.InfrastructureProviderId), ct)
            : null;
        var tenants = relations.Has(IpBlockRelation.Tenant) ? await organizations.Tenants(blocks.Ids(b => b.TenantId), ct) : null;
        return
        [
            .. blocks.Select(block => block.ToResponse(block.History) with
            {
                UsageStats = stats?[block.Id],
                Site = theirSites?.GetValueOrDefault(block.SiteId),
                InfrastructureProvider = providers?.GetValueOrDefault(block.InfrastructureProviderId),
                Tenant = block.TenantId is { } tenant ? tenants?.GetValueOrDefault(tenant) : null,
            }),
        ];
    }
}
