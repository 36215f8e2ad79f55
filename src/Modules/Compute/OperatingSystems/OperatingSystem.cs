using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.OperatingSystems;

/// <summary>How an operating system gets onto a machine.</summary>
[SuppressMessage("Style", "IDE1006", Justification = "The wire's own spelling.")]
public enum OperatingSystemType
{
    /// <summary>Booted over the network by an iPXE script.</summary>
    iPXE,

    /// <summary>Written to disk from an image that the site keeps.</summary>
    Image,
}

/// <summary>Where an operating system stands.</summary>
public enum OperatingSystemStatus
{
    /// <summary>Accepted.</summary>
    Pending,

    /// <summary>Being made.</summary>
    Provisioning,

    /// <summary>On its way to its sites.</summary>
    Syncing,

    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Failed at a site.</summary>
    Error,

    /// <summary>Taken out of use by the tenant.</summary>
    Deactivated,
}

/// <summary>What an answer about operating systems can embed.</summary>
public enum OperatingSystemRelation
{
    /// <summary>Accepted, without effect: operating systems belong to tenants.</summary>
    InfrastructureProvider,

    /// <summary>The tenant, as <c>tenant</c>.</summary>
    Tenant,
}

/// <summary>A row of <c>compute.operating_system</c>.</summary>
internal sealed record OperatingSystem
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public Guid TenantId { get; init; }

    /// <summary>What the image's site calls the tenant.</summary>
    public string? Org { get; init; }

    public OperatingSystemType Type { get; init; }

    public BootText? IpxeScript { get; init; }

    public BootText? UserData { get; init; }

    public bool IsCloudInit { get; init; }

    public bool PhoneHomeEnabled { get; init; }

    public bool AllowOverride { get; init; }

    public bool IsActive { get; init; }

    public string? DeactivationNote { get; init; }

    public OperatingSystemStatus Status { get; init; }

    public int Revision { get; init; }

    public string? ImageUrl { get; init; }

    public string? ImageSha { get; init; }

    public string? ImageAuthType { get; init; }

    /// <summary>Sealed; not read for lists.</summary>
    public string? ImageAuthToken { get; init; }

    public string? ImageDisk { get; init; }

    public string? RootFsId { get; init; }

    public string? RootFsLabel { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>The sites that keep its image, the first one first, where the statement reads them.</summary>
    public OperatingSystemSite[] Sites { get; init; } = [];

    public OperatingSystemResponse ToResponse(IEnumerable<StatusDetail> history, BootTexts texts) => new()
    {
        Id = Id,
        Name = Name,
        Description = Description,
        TenantId = TenantId,
        Type = Type,
        ImageUrl = ImageUrl,
        ImageSha = ImageSha,
        ImageAuthType = ImageAuthType,
        ImageDisk = ImageDisk,
        RootFsId = RootFsId,
        RootFsLabel = RootFsLabel,
        IpxeScript = texts.Open(IpxeScript),
        UserData = texts.Open(UserData),
        IsCloudInit = IsCloudInit,
        PhoneHomeEnabled = PhoneHomeEnabled,
        IsActive = IsActive,
        DeactivationNote = DeactivationNote,
        AllowOverride = AllowOverride,
        Status = Status,
        StatusHistory = [.. history],
        Created = Created,
        Updated = Updated,
    };
}

/// <summary>A tenant's definition of what its instances boot.</summary>
[Schema("OperatingSystem")]
public sealed record OperatingSystemResponse
{
    /// <summary>Id of the operating system.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the operating system; unique for the tenant.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>Always null: operating systems belong to tenants.</summary>
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>The tenant that owns it.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>How it gets onto a machine.</summary>
    public OperatingSystemType? Type { get; init; }

    /// <summary>Where the image is; null for iPXE.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>SHA digest of the image, hexadecimal; null for iPXE.</summary>
    public string? ImageSha { get; init; }

    /// <summary>How the image's server is asked: Basic or Bearer; null for iPXE.</summary>
    public string? ImageAuthType { get; init; }

    /// <summary>Always null: the token can be set, never read.</summary>
    public string? ImageAuthToken { get; init; }

    /// <summary>The disk that the image is written to; null for iPXE.</summary>
    public string? ImageDisk { get; init; }

    /// <summary>UUID of the root file system in the image; null for iPXE.</summary>
    public string? RootFsId { get; init; }

    /// <summary>Label of the root file system in the image; null for iPXE.</summary>
    public string? RootFsLabel { get; init; }

    /// <summary>The iPXE script that is booted; null for an image.</summary>
    public string? IpxeScript { get; init; }

    /// <summary>What the operating system finds as user data when it starts.</summary>
    public string? UserData { get; init; }

    /// <summary>True when the user data is meant for cloud-init.</summary>
    public bool IsCloudInit { get; init; }

    /// <summary>True when instances are ready only once they have called the site.</summary>
    public bool PhoneHomeEnabled { get; init; }

    /// <summary>True while new instances may use it.</summary>
    public bool IsActive { get; init; }

    /// <summary>Why it is not active.</summary>
    public string? DeactivationNote { get; init; }

    /// <summary>True when an instance may bring user data of its own.</summary>
    public bool AllowOverride { get; init; }

    /// <summary>The sites that have its image; empty for iPXE.</summary>
    public IReadOnlyList<OperatingSystemSiteAssociation> SiteAssociations { get; init; } = [];

    /// <summary>Where it stands.</summary>
    public OperatingSystemStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The tenant; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }
}

/// <summary>A site that has an operating system's image.</summary>
public sealed record OperatingSystemSiteAssociation
{
    /// <summary>The site.</summary>
    public required SiteSummary Site { get; init; }

    /// <summary>Whether the site has the present version.</summary>
    public SiteAssociationStatus Status { get; init; }

    /// <summary>A hash of what the site was sent.</summary>
    public string? Version { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>Whether a site has what was sent to it.</summary>
[Schema("SshKeyGroupStatus")]
public enum SiteAssociationStatus
{
    /// <summary>On its way.</summary>
    Syncing,

    /// <summary>There.</summary>
    Synced,

    /// <summary>Failed.</summary>
    Error,

    /// <summary>Being removed.</summary>
    Deleting,
}
