using Nico.SharedKernel;

namespace Nico.Hardware.Contracts;

/// <summary>Which sites a caller may name. Source: the specs' README, point 2.</summary>
public static class SiteVisibility
{
    /// <summary>
    /// 400 under <paramref name="field"/> unless the caller sees each of these sites by any of its sides, for lists that are filtered by sites:
    /// what there is nothing at yet is an empty list. Any other site answers as an unknown id does.
    /// </summary>
    public static async Task RequireSeen(this ISites sites, IReadOnlyCollection<Guid> ids, string field, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var seen = await sites.Seen(ids, ct);
        foreach (var id in ids.Where(id => !seen.Contains(id)))
        {
            throw UnknownSite(field, id);
        }
    }

    /// <summary>400 under <paramref name="field"/> unless the site is one of the provider's: any other answers as an unknown id does.</summary>
    public static async Task RequireOwn(this ISites sites, Guid id, Guid providerId, string field, CancellationToken ct)
    {
        if ((await sites.Find(id, ct))?.InfrastructureProviderId != providerId)
        {
            throw UnknownSite(field, id);
        }
    }

    /// <summary>The site for a tenant that has an allocation there, which stays so until the transaction ends; 400 otherwise.</summary>
    public static async Task<SiteRef> RequireUsable(this ISites sites, Guid siteId, Guid tenantId, string field, CancellationToken ct) =>
        await sites.Find(siteId, ct) is { } site && await sites.HoldUseBy(siteId, tenantId, ct)
            ? site.RequireRegistered(field)
            : throw UnknownSite(field, siteId);

    /// <summary>403 unless the tenant, which has a resource at the site, still has an allocation there; it stays so until the transaction ends.</summary>
    public static async Task RequireUseOf(this ISites sites, Guid siteId, Guid tenantId, CancellationToken ct)
    {
        if (!await sites.HoldUseBy(siteId, tenantId, ct))
        {
            throw Problem.Forbidden($"The tenant has no allocation at site {siteId} any more");
        }
    }

    /// <summary>400 unless the controller of the site, where a resource of the caller's is, answers.</summary>
    public static async Task<SiteRef> RequireRegistered(this ISites sites, Guid siteId, CancellationToken ct) =>
        await sites.Find(siteId, ct) is { Status: SiteStatus.Registered } site ? site : throw Problem.Invalid($"Site {siteId} is not Registered");

    /// <summary>
    /// 409 unless the tenant, for which an object at the site is to be adopted, has an allocation there; it stays so until the transaction ends.
    /// </summary>
    public static async Task RequireUseForAdoption(this ISites sites, Guid siteId, Guid tenantId, string org, CancellationToken ct)
    {
        if (!await sites.HoldUseBy(siteId, tenantId, ct))
        {
            throw Problem.Conflict($"The tenant of org {org} has no allocation at the site: allocate something to it there first");
        }
    }

    private static Problem UnknownSite(string field, Guid id) => Problem.Invalid(field, $"site {id} does not exist");
}
