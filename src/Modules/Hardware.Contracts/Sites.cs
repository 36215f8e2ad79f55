using Nico.SharedKernel;

namespace Nico.Hardware.Contracts;

/// <summary>Whether a site's controller is known and answers.</summary>
public enum SiteStatus
{
    /// <summary>Declared, but its controller has not been heard yet.</summary>
    Pending,

    /// <summary>Its controller answers.</summary>
    Registered,

    /// <summary>Its controller has fallen silent.</summary>
    Error,
}

/// <summary>What a site's controller can do.</summary>
public sealed record SiteCapabilities
{
    /// <summary>Routed networks: VPCs of type FNN and VPC prefixes.</summary>
    public bool NativeNetworking { get; init; }

    /// <summary>Network security groups.</summary>
    public bool NetworkSecurityGroup { get; init; }

    /// <summary>NVLink partitions.</summary>
    public bool NvLinkPartition { get; init; }

    /// <summary>Rack work through the Flow service.</summary>
    public bool Flow { get; init; }

    /// <summary>Operating systems that are written from an image.</summary>
    public bool ImageBasedOperatingSystem { get; init; }
}

/// <summary>A site, as other modules know it.</summary>
public sealed record SiteRef(Guid Id, string Name, Guid InfrastructureProviderId, SiteStatus Status, SiteCapabilities Capabilities)
{
    /// <summary>400 unless the site's controller answers.</summary>
    public SiteRef RequireRegistered(string field) =>
        Status == SiteStatus.Registered ? this : throw Problem.Invalid(field, $"site {Id} is not Registered");
}

/// <summary>The site that a resource is at.</summary>
public sealed record SiteSummary
{
    /// <summary>Id of the site.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the site, unique for its provider.</summary>
    public required string Name { get; init; }

    /// <summary>The provider that owns the site.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>True when serial consoles are offered.</summary>
    public bool IsSerialConsoleEnabled { get; init; }

    /// <summary>Name of the host that serves serial consoles; not part of what an answer shows of a site.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? SerialConsoleHostname { get; init; }

    /// <summary>True while the controller answers.</summary>
    public bool IsOnline { get; init; }

    /// <summary>What the controller can do.</summary>
    public required SiteCapabilities Capabilities { get; init; }

    /// <summary>Whether the controller is known and answers.</summary>
    public SiteStatus Status { get; init; }
}

/// <summary>Sites and who may use them.</summary>
public interface ISites
{
    /// <summary>The site with this id, whoever owns it; null when there is none.</summary>
    Task<SiteRef?> Find(Guid id, CancellationToken ct);

    /// <summary>The org that owns the site; null when there is no such site.</summary>
    Task<string?> OrgOf(Guid id, CancellationToken ct);

    /// <summary>
    /// Which of <paramref name="ids"/> are sites that the caller sees by any of its sides: as their provider, as a tenant with an allocation
    /// there, or as one that may choose machines there.
    /// </summary>
    Task<IReadOnlySet<Guid>> Seen(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>Sites by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, SiteSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>True when the tenant has an allocation at the site, which is what lets it use the site.</summary>
    Task<bool> IsUsedBy(Guid siteId, Guid tenantId, CancellationToken ct);

    /// <summary>
    /// The same, and inside a transaction it stays true until the transaction ends: the tenant's last allocation at the site
    /// cannot be deleted meanwhile.
    /// </summary>
    Task<bool> HoldUseBy(Guid siteId, Guid tenantId, CancellationToken ct);

    /// <summary>The sites that the tenant has allocations at.</summary>
    Task<IReadOnlySet<Guid>> UsedBy(Guid tenantId, CancellationToken ct);
}

/// <summary>A site that the configuration names, with the org that owns it.</summary>
public sealed record ConfiguredSite(string Name, string Org, SiteLinkAddress Address);

/// <summary>How the controller of a configured site is reached.</summary>
/// <param name="Core">Address of the controller's gRPC service.</param>
/// <param name="ClientCertificate">PEM file of the client certificate, or null.</param>
/// <param name="ClientKey">PEM file of its key, or null.</param>
/// <param name="Authority">PEM file of the controller's CA, or null.</param>
public sealed record SiteLinkAddress(Uri Core, string? ClientCertificate = null, string? ClientKey = null, string? Authority = null);

/// <summary>Takes sites over from the configuration at start.</summary>
public interface IConfiguredSites
{
    /// <summary>Makes the site (and its org's provider) when it does not exist yet, and connects it at its address.</summary>
    Task<Guid> Ensure(ConfiguredSite site, CancellationToken ct);
}
