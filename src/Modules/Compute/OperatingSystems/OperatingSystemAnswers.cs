using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.OperatingSystems;

/// <summary>Rows of operating systems as answers, with their history, their sites and relations: a fixed number of statements.</summary>
internal sealed class OperatingSystemAnswers(Db db, OperatingSystemRows rows, BootTexts texts, ISites sites, IOrganizations organizations)
{
    /// <summary>The answers; of their sites those in <paramref name="onlySites"/>, all when it is empty.</summary>
    public async Task<IReadOnlyList<OperatingSystemResponse>> Of(
        IReadOnlyList<OperatingSystem> systems,
        IReadOnlyList<OperatingSystemRelation> relations,
        int entries,
        IReadOnlyList<Guid> onlySites,
        CancellationToken ct)
    {
        if (systems.Count == 0)
        {
            return [];
        }

        var history = await ComputeModule.OperatingSystemHistory.Newest(db, systems.Select(s => (object)s.Id), entries, ct);
        var tenants = relations.Has(OperatingSystemRelation.Tenant) ? await organizations.Tenants(systems.Ids(s => s.TenantId), ct) : null;
        var images = systems.Where(system => system.Type == OperatingSystemType.Image).Select(system => system.Id).ToArray();
        var associations = images.Length == 0 ? null : await rows.SitesOf(images, ct);
        var theirs = associations is null ? null : await sites.Summaries([.. associations.SelectMany(all => all).Select(one => one.SiteId).Distinct()], ct);
        return
        [
            .. systems.Select(system => system.ToResponse(history[system.Id.ToString()], texts) with
            {
                Tenant = tenants?.GetValueOrDefault(system.TenantId),
                SiteAssociations =
                [
                    .. (associations?[system.Id] ?? [])
                        .Where(one => (onlySites.Count == 0 || onlySites.Contains(one.SiteId)) && theirs!.ContainsKey(one.SiteId))
                        .Select(one => new OperatingSystemSiteAssociation
                        {
                            Site = theirs![one.SiteId],
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
