using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Sites.GetSite;

/// <summary>One site. Source: spec/40-site.md, section 5.</summary>
public sealed record GetSite : IQuery<SiteResponse>
{
    /// <summary>Id of the site.</summary>
    [Path]
    public Guid SiteId { get; init; }

    /// <summary>What to show together with the site.</summary>
    [Query]
    public IReadOnlyList<SiteRelation> IncludeRelation { get; init; } = [];

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetSiteEndpoint : QueryEndpoint<GetSite, SiteResponse>
{
    public override void Configure()
    {
        Get("site/{siteId}");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-site",
            "Site",
            "Retrieve a site",
            "A site of the org's provider, or one where the org's tenant has an allocation. "
            + "A tenant that may choose machines sees the sites of every provider that has an accepted account with it.",
            404);
    }
}
