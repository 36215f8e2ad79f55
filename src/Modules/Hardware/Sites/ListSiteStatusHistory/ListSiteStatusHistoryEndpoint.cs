using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Sites.ListSiteStatusHistory;

/// <summary>The transitions of a site's status. Source: spec/40-site.md, section 10.</summary>
public sealed record ListSiteStatusHistory : ListQuery, IQuery<Page<StatusDetail>>
{
    private static readonly ListOrder _orders = ListOrder.By("status", "created", "updated").Default("CREATED_DESC").Then("id desc");

    /// <summary>Id of the site.</summary>
    [Path]
    public Guid SiteId { get; init; }

    public override ListOrder Orders() => _orders;
}

internal sealed class ListSiteStatusHistoryEndpoint : ListEndpoint<ListSiteStatusHistory, StatusDetail>
{
    public override void Configure()
    {
        Get("site/{siteId}/status-history");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-site-status-history",
            "Site",
            "List a site's status history",
            "Every transition of the site's status, the newest first unless ordered otherwise. For whoever may see the site.",
            404);
    }
}
