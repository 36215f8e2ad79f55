using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.OperatingSystems;

/// <summary>Rows of operating systems as answers, with their history, their sites and relations: a fixed number of statements.</summary>
internal sealed class OperatingSystemAnswers(BootTexts texts, ISites sites, IOrganizations organizations)
{
    /// <summary>The answers; of their sites those in <paramref name="onlySites"/>, all when it is empty.</summary>
    public async Task<IReadOnlyList<OperatingSystemResponse>> Of(
        IReadOnlyList<OperatingSystem> systems,
        IReadOnlyList<OperatingSystemRelation> relations,
        IReadOnlyList<Guid> onlySites,
        CancellationToken ct)
    {
        if (systems.Count == 0)
        {
            return [];
        }

        var tenants = relations.Has(OperatingSystemRelation.Tenant) ? await organizations.Tenants(systems.Ids(s => s.TenantId), ct) : null;
        var theirs = await sites.Summaries([.. systems.SelectMany(system => system.Sites).Select(one => one.SiteId).Distinct()], ct);
        return
        [
            .. systems.Select(system => system.ToResponse(system.History, texts) with
            {
                Tenant = tenants?.GetValueOrDefault(system.TenantId),
                SiteAssociations =
                [
                    .. system.Sites
                        .Where(one => (onlySites.Count == 0 || onlySites.Contains(one.SiteId)) && theirs.ContainsKey(one.SiteId))
                        .Select(one => new OperatingSystemSiteAssociation
                        {
                            Site = theirs[one.SiteId],
                            Status = one.Status,
                            Version = one.Version,
                            Created = one.Created,
                            Updated = one.Updated,
                        }),
                ],
            }),
        ];
    }
}
