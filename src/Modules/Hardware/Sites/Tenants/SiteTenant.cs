using System.Text;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Sites.Tenants;

/// <summary>A tenant as a site's controller knows it. Source: spec/60-site-link.md, sections 4 and 6.1.</summary>
internal static class SiteTenant
{
    /// <summary>Kind of the commands; their resource is the tenant's org.</summary>
    public const string Kind = HardwareKinds.Tenant;

    /// <summary>A command about the tenant at one site.</summary>
    public static SiteCommand Command(Guid siteId, string org, SiteOperation operation) =>
        new() { SiteId = siteId, Kind = Kind, ResourceId = org, Operation = operation };

    /// <summary>Controllers take a name only, no description and no labels.</summary>
    public static Metadata Metadata(TenantRef tenant) => new() { Name = Name(tenant.OrgDisplayName, tenant.Org) };

    /// <summary>What the org calls itself, where a controller accepts that (2 to 256 characters of ASCII); its org otherwise.</summary>
    public static string Name(string? displayName, string org) =>
        new[] { displayName, org, "org " + org }.First(name => name is { Length: >= 2 and <= 256 } && Ascii.IsValid(name))!;
}
