using Nico.Hardware.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.Instances;

/// <summary>An instance's InfiniBand device in a partition.</summary>
public sealed record InfiniBandInterface
{
    /// <summary>Id of the interface.</summary>
    public Guid Id { get; init; }

    /// <summary>The instance that has it.</summary>
    public Guid InstanceId { get; init; }

    /// <summary>The partition that it belongs to.</summary>
    public Guid PartitionId { get; init; }

    /// <summary>Model name of the device.</summary>
    public required string Device { get; init; }

    /// <summary>Which of the machine's devices of that name, from 0.</summary>
    public int DeviceInstance { get; init; }

    /// <summary>Always true: virtual functions are not supported.</summary>
    public bool IsPhysical { get; init; }

    /// <summary>Always null: virtual functions are not supported.</summary>
    public int? VirtualFunctionId { get; init; }

    /// <summary>The device's GUID; null until the site has said.</summary>
    public string? Guid { get; init; }

    /// <summary>Where the interface stands.</summary>
    public InfiniBandInterfaceStatus Status { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>Where an InfiniBand interface stands.</summary>
public enum InfiniBandInterfaceStatus
{
    /// <summary>Wanted.</summary>
    Pending,

    /// <summary>Being made.</summary>
    Provisioning,

    /// <summary>In use.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Cannot be used.</summary>
    Error,
}

/// <summary>An instance's GPU in an NVLink partition.</summary>
public sealed record NVLinkInterface
{
    /// <summary>Id of the interface.</summary>
    public Guid Id { get; init; }

    /// <summary>The instance that has it.</summary>
    public Guid InstanceId { get; init; }

    /// <summary>The partition that it belongs to.</summary>
    public Guid NvLinkLogicalPartitionId { get; init; }

    /// <summary>The NVLink domain of the machine; null until the site has said.</summary>
    public Guid? NvLinkDomainId { get; init; }

    /// <summary>Which of the machine's GPUs, from 0.</summary>
    public int DeviceInstance { get; init; }

    /// <summary>The GPU's GUID as a decimal number; null until the site has said.</summary>
    public string? GpuGuid { get; init; }

    /// <summary>Where the interface stands.</summary>
    public NVLinkInterfaceStatus Status { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>Where an NVLink interface stands.</summary>
public enum NVLinkInterfaceStatus
{
    /// <summary>Wanted.</summary>
    Pending,

    /// <summary>Being made.</summary>
    Provisioning,

    /// <summary>In use.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Cannot be used.</summary>
    Error,
}

/// <summary>A version of a DPU extension service on an instance.</summary>
public sealed record DpuExtensionServiceDeployment
{
    /// <summary>Id of the deployment.</summary>
    public Guid Id { get; init; }

    /// <summary>The service.</summary>
    public required DpuExtensionServiceSummary DpuExtensionService { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>Where the deployment stands.</summary>
    public DpuExtensionServiceDeploymentStatus Status { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>Where a DPU extension service's deployment stands.</summary>
public enum DpuExtensionServiceDeploymentStatus
{
    /// <summary>Wanted.</summary>
    Pending,

    /// <summary>Runs.</summary>
    Running,

    /// <summary>Has a problem.</summary>
    Error,

    /// <summary>Has ended with a failure.</summary>
    Failed,

    /// <summary>Being removed.</summary>
    Terminating,
}

/// <summary>A DPU extension service in short.</summary>
public sealed record DpuExtensionServiceSummary
{
    /// <summary>Id of the service.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the service.</summary>
    public required string Name { get; init; }

    /// <summary>What it is to its DPU.</summary>
    public DpuExtensionServiceType ServiceType { get; init; }

    /// <summary>Its newest version.</summary>
    public string? LatestVersion { get; init; }

    /// <summary>Where it stands.</summary>
    public DpuExtensionServiceStatus Status { get; init; }
}

/// <summary>What a DPU extension service is to its DPU.</summary>
public enum DpuExtensionServiceType
{
    /// <summary>A Kubernetes pod.</summary>
    KubernetesPod,
}

/// <summary>Where a DPU extension service stands.</summary>
public enum DpuExtensionServiceStatus
{
    /// <summary>Accepted.</summary>
    Pending,

    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Cannot be used.</summary>
    Error,
}

/// <summary>A tenant's group of SSH keys, put onto its instances as one.</summary>
public sealed record SshKeyGroup
{
    /// <summary>Id of the group.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the group.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The tenant's org, in lower case.</summary>
    public required string Org { get; init; }

    /// <summary>The tenant that owns it.</summary>
    public Guid TenantId { get; init; }

    /// <summary>A hash of its keys.</summary>
    public string? Version { get; init; }

    /// <summary>Its keys.</summary>
    public IReadOnlyList<SshKey> SshKeys { get; init; } = [];

    /// <summary>The sites that have it.</summary>
    public IReadOnlyList<SshKeyGroupSiteAssociation> SiteAssociations { get; init; } = [];

    /// <summary>Whether its sites have its newest version.</summary>
    public OperatingSystems.SiteAssociationStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public IReadOnlyList<StatusDetail> StatusHistory { get; init; } = [];

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>A public SSH key; the key itself is not shown.</summary>
public sealed record SshKey
{
    /// <summary>Id of the key.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the key.</summary>
    public required string Name { get; init; }

    /// <summary>The tenant's org, in lower case.</summary>
    public required string Org { get; init; }

    /// <summary>The tenant that owns it.</summary>
    public Guid TenantId { get; init; }

    /// <summary>SHA-256 fingerprint of the key.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>A site that has an SSH key group.</summary>
public sealed record SshKeyGroupSiteAssociation
{
    /// <summary>The site.</summary>
    public required SiteSummary Site { get; init; }

    /// <summary>Whether the site has the newest version.</summary>
    public SshKeyGroupSiteAssociationStatus Status { get; init; }

    /// <summary>The version that it is to have.</summary>
    public string? Version { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>Whether a site has an SSH key group's newest version.</summary>
public enum SshKeyGroupSiteAssociationStatus
{
    /// <summary>On its way.</summary>
    Syncing,

    /// <summary>There.</summary>
    Synced,

    /// <summary>Wanted.</summary>
    Pending,

    /// <summary>Failed.</summary>
    Error,

    /// <summary>Being removed.</summary>
    Deleting,
}
