namespace Nico.Compute.OperatingSystems;

/// <summary>A row of <c>compute.operating_system_site</c>: a site that keeps an operating system's image.</summary>
internal sealed record OperatingSystemSite
{
    public Guid OperatingSystemId { get; init; }

    public Guid SiteId { get; init; }

    public SiteAssociationStatus Status { get; init; }

    public required string Version { get; init; }

    public bool AtSite { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }
}
