using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Sites.Pairing;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Sites.ListSites;

internal sealed class ListSitesHandler(
    ActingAs acting, Caller caller, Db db, IOrganizations organizations, IInstanceTypes types, RegistrationTokens tokens, IAuditTrail audit, TimeProvider clock)
    : IRequestHandler<ListSites, Page<SiteResponse>>
{
    public async Task<Page<SiteResponse>> Handle(ListSites request, CancellationToken cancellationToken)
    {
        var sides = await acting.Sides(cancellationToken);
        if (request.IncludeMachineStats is true && sides.Provider is null)
        {
            throw Problem.Forbidden("Only providers may have machines counted");
        }

        var search = TextSearch.For(request.Query);
        var args = new
        {
            tenantId = sides.Tenant?.Id,
            providers = await sides.VisibleProviders(organizations, cancellationToken),
            statuses = request.Status.Count == 0 ? null : request.Status.Select(status => status.ToString()).ToArray(),
            nativeNetworking = request.IsNativeNetworkingEnabled,
            networkSecurityGroup = request.IsNetworkSecurityGroupEnabled,
            nvLinkPartition = request.IsNVLinkPartitionEnabled,
            flow = request.IsFlowEnabled,
            search.Words,
            search.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<Site>(Sql.Of<ListSitesHandler>("ListSites"), args, request.Page(), request.SqlOrder(), cancellationToken);
        var providers = request.IncludeRelation.Has(SiteRelation.InfrastructureProvider)
            ? await organizations.Providers(page.Items.Ids(site => site.InfrastructureProviderId), cancellationToken)
            : null;
        var stats = request.IncludeMachineStats is true ? await Stats(page.Items.Where(site => site.InfrastructureProviderId == sides.Provider!.Id), cancellationToken) : [];
        var now = clock.Now();
        var responses = page.Select(site => site.ToResponse(
            ViewOf(site, sides),
            tokens,
            now,
            site.History,
            providers?.GetValueOrDefault(site.InfrastructureProviderId),
            stats.GetValueOrDefault(site.Id)));
        if (responses.Items.Any(site => site.RegistrationToken is not null))
        {
            await audit.RecordDisclosure(cancellationToken);
        }

        return responses;
    }

    /// <summary>Where the caller's tenant uses a site, the list shows it as to a tenant, also to its own provider (spec/40-site.md, section 2.6).</summary>
    private SiteView ViewOf(Site site, Sides sides) =>
        site.IsSerialConsoleSshKeysEnabled is not null ? SiteView.Tenant
        : site.InfrastructureProviderId == sides.Provider?.Id && caller.Has(Role.ProviderAdmin) ? SiteView.Administrator
        : SiteView.Hardware;

    private async Task<Dictionary<Guid, SiteMachineStats>> Stats(IEnumerable<Site> sites, CancellationToken ct)
    {
        var args = new { siteIds = sites.Ids(site => site.Id) };
        var counts = await db.Many<MachineCount>(Sql.Of<ListSitesHandler>("MachineCounts"), args, ct);
        var promised = await types.PromisedAt(args.siteIds, ct);
        var stats = counts.GroupBy(count => count.SiteId)
            .ToDictionary(site => site.Key, site => MachineCount.ToStats([.. site], promised.GetValueOrDefault(site.Key)));
        foreach (var siteId in await db.Many<Guid>(Sql.Of<ListSitesHandler>("Allocated"), args, ct))
        {
            stats.TryAdd(siteId, MachineCount.ToStats([], promised.GetValueOrDefault(siteId)));
        }

        return stats;
    }
}
