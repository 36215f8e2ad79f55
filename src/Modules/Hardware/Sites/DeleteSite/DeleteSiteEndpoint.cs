using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Sites.DeleteSite;

/// <summary>A provider's order to forget a site. Source: spec/40-site.md, section 8.</summary>
public sealed record DeleteSite : ICommand<Unit>
{
    /// <summary>Id of the site.</summary>
    [Path]
    public Guid SiteId { get; init; }

    /// <summary>Understood and without effect: the site's machines are always forgotten with it, so that another site can report them.</summary>
    [Query(KeepEmpty = true)]
    public bool? PurgeMachines { get; init; }
}

internal sealed class DeleteSiteEndpoint : DeleteEndpoint<DeleteSite>
{
    public override void Configure()
    {
        Delete("site/{siteId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-site",
            "Site",
            "Delete a site",
            "Forgets a site of the org's provider that has no allocations. It is gone at once; everything at it is removed in the background. "
            + "The controller is told nothing.",
            404);
    }
}
