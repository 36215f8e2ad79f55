using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Machines.GetGpuStats;
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
        if ((request.IncludeMachineStats is true || request.IncludeGpuStats is true) && sides.Provider is null)
        {
            throw Problem.Forbidden("Only providers may have machines and GPUs counted");
        }

        var visible = VisibleHardware.Of(sides);
        var search = TextSearch.For(request.Query);
        var args = new
        {
            tenantId = sides.Tenant?.Id,
            visible.Own,
            visible.Providers,
            visible.Except,
            visible.Also,
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
        Guid[] own = [.. page.Items.Where(site => site.InfrastructureProviderId == sides.Provider?.Id).Select(site => site.Id)];
        var stats = request.IncludeMachineStats is true ? await Stats(own, cancellationToken) : [];
        var gpus = request.IncludeGpuStats is true ? await Gpus(own, cancellationToken) : null;
        var now = clock.Now();
        var responses = page.Select(site => site.ToResponse(
            ViewOf(site, sides),
            tokens,
            now,
            site.History,
            providers?.GetValueOrDefault(site.InfrastructureProviderId),
            stats.GetValueOrDefault(site.Id),
            own.Contains(site.Id) ? gpus?[site.Id] : null));
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

    private async Task<ILookup<Guid, MachineGPUStats>> Gpus(Guid[] siteIds, CancellationToken ct) =>
        (await db.Many<GpuCount>(Sql.Of<ListSitesHandler>("CountGpus"), new { siteIds }, ct)).ToLookup(
            count => count.SiteId, count => new MachineGPUStats { Name = count.Name, Gpus = count.Gpus, Machines = count.Machines });

    private async Task<Dictionary<Guid, SiteMachineStats>> Stats(Guid[] siteIds, CancellationToken ct)
    {
        var args = new { siteIds };
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

    private sealed record GpuCount(Guid SiteId, string Name, int Gpus, int Machines);
}
