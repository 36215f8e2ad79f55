using System.Text.Json.Serialization;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines;

/// <summary>A host at a site.</summary>
[Schema("Machine")]
public sealed record MachineResponse
{
    /// <summary>Id of the machine: the site's own.</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>That provider; only with <c>includeRelation=InfrastructureProvider</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The site where it stands.</summary>
    public Guid SiteId { get; init; }

    /// <summary>That site; only with <c>includeRelation=Site</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }

    /// <summary>The instance type that it belongs to; null when it belongs to none.</summary>
    public Guid? InstanceTypeId { get; init; }

    /// <summary>That instance type; only with <c>includeRelation=InstanceType</c>, and when it belongs to one that Nico knows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InstanceTypeSummary? InstanceType { get; init; }

    /// <summary>The instance that it carries; null when it carries none.</summary>
    public Guid? InstanceId { get; init; }

    /// <summary>That instance; left out when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InstanceSummary? Instance { get; init; }

    /// <summary>The tenant of that instance; null when there is none.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>That tenant; left out when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }

    /// <summary>The controller's id of the machine: the same as <c>id</c>.</summary>
    public required string ControllerMachineId { get; init; }

    /// <summary>What the controller calls the machine's type, such as x86_64.</summary>
    public string? ControllerMachineType { get; init; }

    /// <summary>The device type of the machine's SKU.</summary>
    public string? HwSkuDeviceType { get; init; }

    /// <summary>Who made it.</summary>
    public string? Vendor { get; init; }

    /// <summary>What its maker calls it.</summary>
    public string? ProductName { get; init; }

    /// <summary>Its serial number. Null for a tenant that merely uses the machine.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>What it is built of.</summary>
    public required IReadOnlyList<MachineCapability> MachineCapabilities { get; init; }

    /// <summary>Its network interfaces.</summary>
    public required IReadOnlyList<MachineInterface> MachineInterfaces { get; init; }

    /// <summary>The DPU machines in it, as its site reports them. None for a tenant that merely uses the machine.</summary>
    public required IReadOnlyList<string> AssociatedDpuMachineIds { get; init; }

    /// <summary>Always null: sites do not say yet which version of the discovery they ran.</summary>
    public string? ScoutVersion { get; init; }

    /// <summary>Where in its rack it is.</summary>
    public PlacementInRack PlacementInRack { get; init; } = new();

    /// <summary>Why it is in maintenance; null when it is not.</summary>
    public string? MaintenanceMessage { get; init; }

    /// <summary>What its probes say. Left out until there are any, and for a tenant that merely uses the machine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineHealth? Health { get; init; }

    /// <summary>Details of its hardware. Only with <c>includeMetadata=true</c>, and not for a tenant that merely uses the machine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineMetadata? Metadata { get; init; }

    /// <summary>Its labels at the site.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>What it is fit for.</summary>
    public MachineStatus Status { get; init; }

    /// <summary>True when its site lets tenants use it, and it carries no instance that Nico does not have.</summary>
    public bool IsUsableByTenant { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>When its site first reported it.</summary>
    public DateTime Created { get; init; }

    /// <summary>When something about it last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>Members of this answer that are on their way out.</summary>
    public IReadOnlyList<Deprecation> Deprecations { get; init; } = MachineDeprecations.All;
}

/// <summary>What can be shown together with a machine.</summary>
public enum MachineRelation
{
    /// <summary>The provider that owns it.</summary>
    InfrastructureProvider,

    /// <summary>The site where it stands.</summary>
    Site,

    /// <summary>The instance type that it belongs to.</summary>
    InstanceType,
}

/// <summary>Where in a rack something is. Both are null: sites do not say it of machines yet.</summary>
public sealed record PlacementInRack
{
    /// <summary>Number of the slot.</summary>
    public int? SlotNumber { get; init; }

    /// <summary>Index of the tray.</summary>
    public int? TrayIndex { get; init; }
}
