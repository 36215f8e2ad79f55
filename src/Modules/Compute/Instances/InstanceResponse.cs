using System.Text.Json.Serialization;
using Nico.Compute.Contracts;
using Nico.Compute.OperatingSystems;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Instances;

/// <summary>What an answer about instances can embed.</summary>
public enum InstanceRelation
{
    /// <summary>The provider of the machine, as <c>infrastructureProvider</c>.</summary>
    InfrastructureProvider,

    /// <summary>The tenant, as <c>tenant</c>.</summary>
    Tenant,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,

    /// <summary>The instance type, as <c>instanceType</c>; nothing for an instance on a chosen machine.</summary>
    InstanceType,

    /// <summary>Accepted, without effect.</summary>
    Allocation,

    /// <summary>The VPC, as <c>vpc</c>.</summary>
    VPC,

    /// <summary>The machine, as <c>machine</c>.</summary>
    Machine,

    /// <summary>The operating system, as <c>operatingSystem</c>.</summary>
    OperatingSystem,

    /// <summary>The security group, as <c>networkSecurityGroup</c>.</summary>
    NetworkSecurityGroup,
}

/// <summary>A machine in a tenant's hands.</summary>
[Schema("Instance")]
public sealed record InstanceResponse
{
    /// <summary>Id of the instance.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the instance; unique for the tenant at the site.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The tenant that has it.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The provider that owns the machine.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The site where the machine stands.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The instance type that was asked for; null when a machine was.</summary>
    public Guid? InstanceTypeId { get; init; }

    /// <summary>The VPC.</summary>
    public Guid VpcId { get; init; }

    /// <summary>Further VPCs that its interfaces are in.</summary>
    public IReadOnlyList<Guid> SecondaryVpcIds { get; init; } = [];

    /// <summary>The machine.</summary>
    public string? MachineId { get; init; }

    /// <summary>The operating system; null when a script was given instead.</summary>
    public Guid? OperatingSystemId { get; init; }

    /// <summary>Its own security group; null without one.</summary>
    public string? NetworkSecurityGroupId { get; init; }

    /// <summary>How far the security group's rules have got; left out without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkSecurityGroupPropagationDetails? NetworkSecurityGroupPropagationDetails { get; init; }

    /// <summary>True when the rules in force are those of its VPCs' security groups.</summary>
    public bool NetworkSecurityGroupInherited { get; init; }

    /// <summary>Its id at the site.</summary>
    public Guid? ControllerInstanceId { get; init; }

    /// <summary>The iPXE script that it boots.</summary>
    public string? IpxeScript { get; init; }

    /// <summary>True when it boots the script at every start, and not only at the first.</summary>
    public bool AlwaysBootWithCustomIpxe { get; init; }

    /// <summary>True when it is Ready only once its operating system has called the site.</summary>
    public bool PhoneHomeEnabled { get; init; }

    /// <summary>What its operating system finds as user data.</summary>
    public string? UserData { get; init; }

    /// <summary>The tenant's labels; empty when there are none.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>True when a firmware update waits for the tenant's consent: a reboot with <c>applyUpdatesOnReboot</c>.</summary>
    public bool IsUpdatePending { get; init; }

    /// <summary>Where its serial console is reached; null where the site offers none.</summary>
    public string? SerialConsoleUrl { get; init; }

    /// <summary>True when the site decides about its interfaces.</summary>
    public bool AutoNetwork { get; init; }

    /// <summary>Its attachments to networks, in the order in which they were asked for.</summary>
    public IReadOnlyList<Interface> Interfaces { get; init; } = [];

    /// <summary>Its InfiniBand devices in partitions.</summary>
    public IReadOnlyList<InfiniBandInterface> InfinibandInterfaces { get; init; } = [];

    /// <summary>Its GPUs in NVLink partitions.</summary>
    public IReadOnlyList<NVLinkInterface> NvLinkInterfaces { get; init; } = [];

    /// <summary>The DPU extension services on it.</summary>
    public IReadOnlyList<DpuExtensionServiceDeployment> DpuExtensionServiceDeployments { get; init; } = [];

    /// <summary>The SSH key groups on it.</summary>
    public IReadOnlyList<Guid> SshKeyGroupIds { get; init; } = [];

    /// <summary>The same, whole.</summary>
    public IReadOnlyList<SshKeyGroup> SshKeyGroups { get; init; } = [];

    /// <summary>Certificate of the machine's TPM endorsement key, PEM or base64 as the site has it; null until the site has said.</summary>
    public string? TpmEkCertificate { get; init; }

    /// <summary>Where the instance stands.</summary>
    public InstanceStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>Parts of this answer that are on their way out.</summary>
    public IReadOnlyList<Deprecation> Deprecations { get; init; } = [];

    /// <summary>When the instance was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The provider; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The tenant; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }

    /// <summary>The instance type; only when it was asked for, and there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InstanceTypeSummary? InstanceType { get; init; }

    /// <summary>The VPC; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VpcSummary? Vpc { get; init; }

    /// <summary>The machine; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineSummary? Machine { get; init; }

    /// <summary>The operating system; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OperatingSystemSummary? OperatingSystem { get; init; }
}

/// <summary>An operating system in short.</summary>
public sealed record OperatingSystemSummary
{
    /// <summary>Id of the operating system.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the operating system.</summary>
    public required string Name { get; init; }

    /// <summary>How it gets onto a machine.</summary>
    public OperatingSystemType Type { get; init; }

    /// <summary>Where it stands.</summary>
    public OperatingSystemStatus Status { get; init; }
}
