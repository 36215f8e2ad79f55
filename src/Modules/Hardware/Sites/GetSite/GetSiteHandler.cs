using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Sites.GetSite;

internal sealed class GetSiteHandler(Caller caller, Db db, IOrganizations organizations, TimeProvider clock) : IRequestHandler<GetSite, SiteResponse>
{
    public async Task<SiteResponse> Handle(GetSite request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        var args = new { request.SiteId, tenantId = sides.Tenant?.Id };
        var site = await db.OneOrNone<Site>(Sql.Of<GetSiteHandler>("GetSite"), args, cancellationToken);
        if (site is null || await ViewOf(site, sides, cancellationToken) is not { } view)
        {
            throw Problem.NotFound("Site", request.SiteId);
        }

        var history = await HardwareModule.History.Newest(db, site.Id, StatusHistory.Shown, cancellationToken);
        var providers = request.IncludeRelation.Has(SiteRelation.InfrastructureProvider)
            ? await organizations.Providers([site.InfrastructureProviderId], cancellationToken)
            : null;
        return site.ToResponse(view, clock.Now(), history, providers?.GetValueOrDefault(site.InfrastructureProviderId));
    }

    /// <summary>The best view that one of the caller's sides gives; null when none gives any.</summary>
    private async Task<SiteView?> ViewOf(Site site, Sides sides, CancellationToken ct) =>
        site.InfrastructureProviderId == sides.Provider?.Id ? (caller.Has(Role.ProviderAdmin) ? SiteView.Administrator : SiteView.Hardware)
        : site.IsSerialConsoleSshKeysEnabled is not null ? SiteView.Tenant
        : sides.PrivilegedTenant is { } tenant && await organizations.HasReadyAccount(site.InfrastructureProviderId, tenant.Id, ct) ? SiteView.Hardware
        : null;
}
