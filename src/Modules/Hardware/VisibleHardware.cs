using Nico.Identity.Contracts;

namespace Nico.Hardware;

/// <summary>Whose hardware a caller may see. Source: spec/41-machine.md, section 3.</summary>
internal static class VisibleHardware
{
    /// <summary>The caller's own provider, and those that have an accepted account with its privileged tenant.</summary>
    public static async Task<Guid[]> VisibleProviders(this Sides sides, IOrganizations organizations, CancellationToken ct)
    {
        HashSet<Guid> visible = [];
        if (sides.Provider is not null)
        {
            visible.Add(sides.Provider.Id);
        }

        if (sides.PrivilegedTenant is not null)
        {
            visible.UnionWith(await organizations.ProvidersOf(sides.PrivilegedTenant.Id, ct));
        }

        return [.. visible];
    }
}
