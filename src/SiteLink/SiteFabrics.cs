namespace Nico.SiteLink;

/// <summary>From which networks the sites' controllers take VPC prefixes and segments.</summary>
public interface ISiteFabrics
{
    /// <summary>
    /// Those networks of a site; none when its controller has not said yet, or names none: then the site alone knows.
    /// </summary>
    Task<IReadOnlyList<string>> PrefixesOf(Guid siteId, CancellationToken ct);
}
