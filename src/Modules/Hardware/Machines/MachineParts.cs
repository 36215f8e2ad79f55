using System.Text.Json.Serialization;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines;

/// <summary>Kinds of a machine's parts.</summary>
public enum MachineCapabilityType
{
    /// <summary>Processors.</summary>
    CPU,

    /// <summary>Memory.</summary>
    Memory,

    /// <summary>Disks.</summary>
    Storage,

    /// <summary>Network devices.</summary>
    Network,

    /// <summary>Graphics processors.</summary>
    GPU,

    /// <summary>InfiniBand devices.</summary>
    InfiniBand,

    /// <summary>Data processing units.</summary>
    DPU,
}

/// <summary>One kind of part that a machine is built of. What a kind does not have is left out.</summary>
public sealed record MachineCapability
{
    /// <summary>Id of such a part, where it stands for all that are alike.</summary>
    [JsonIgnore]
    public string? Id { get; init; }

    /// <summary>The machine.</summary>
    [JsonIgnore]
    public string MachineId { get; init; } = "";

    /// <summary>Kind of the part.</summary>
    public MachineCapabilityType Type { get; init; }

    /// <summary>Model of the part.</summary>
    public required string Name { get; init; }

    /// <summary>Clock rate, with its unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Frequency { get; init; }

    /// <summary>Cores of each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Cores { get; init; }

    /// <summary>Threads of each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Threads { get; init; }

    /// <summary>Capacity, with its unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Capacity { get; init; }

    /// <summary>Maker of the part.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Vendor { get; init; }

    /// <summary>Revision of a DPU's hardware; left out where its site does not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HardwareRevision { get; init; }

    /// <summary>Indices of InfiniBand devices that cannot be used; left out when all can.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int[]? InactiveDevices { get; init; }

    /// <summary>How many of them the machine has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Count { get; init; }

    /// <summary>What a GPU or network device is beyond its kind: <c>NVLink</c>, <c>DPU</c>, or empty.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeviceType { get; init; }
}

/// <summary>A network interface of a machine, as its site sees it.</summary>
public sealed record MachineInterface
{
    /// <summary>Id of the interface.</summary>
    public Guid Id { get; init; }

    /// <summary>The machine.</summary>
    public required string MachineId { get; init; }

    /// <summary>Its id at the site.</summary>
    public Guid? ControllerInterfaceId { get; init; }

    /// <summary>The network segment of the site that it is in; null when it is in none.</summary>
    public Guid? ControllerSegmentId { get; init; }

    /// <summary>The DPU that it belongs to. Null when there is none, and for a tenant that merely uses the machine.</summary>
    public string? AttachedDpuMachineID { get; init; }

    /// <summary>Always null: the site's own segments are no tenant's subnets.</summary>
    public Guid? SubnetId { get; init; }

    /// <summary>Host name of the interface.</summary>
    public string? Hostname { get; init; }

    /// <summary>True for the interface that the machine boots from.</summary>
    public bool IsPrimary { get; init; }

    /// <summary>MAC address.</summary>
    public string? MacAddress { get; init; }

    /// <summary>IP addresses.</summary>
    public required string[] IpAddresses { get; init; }

    /// <summary>When Nico first saw it.</summary>
    public DateTime Created { get; init; }

    /// <summary>When something about it last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>What the probes of a machine's health say.</summary>
public sealed record MachineHealth
{
    /// <summary>Who observed it.</summary>
    public string Source { get; init; } = "";

    /// <summary>When it was observed, to within some minutes.</summary>
    public DateTime? ObservedAt { get; init; }

    /// <summary>Deprecated: <c>observedAt</c>.</summary>
    [JsonPropertyName("observed_at")]
    public DateTime? ObservedAtDeprecated => ObservedAt;

    /// <summary>Probes that found nothing wrong.</summary>
    public IReadOnlyList<MachineHealthProbeSuccess> Successes { get; init; } = [];

    /// <summary>Probes that found something wrong.</summary>
    public IReadOnlyList<MachineHealthProbeAlert> Alerts { get; init; } = [];
}

/// <summary>A probe that found nothing wrong. Exactly these members, as of an alert.</summary>
public sealed record MachineHealthProbeSuccess
{
    /// <summary>Name of the probe.</summary>
    public required string Id { get; init; }

    /// <summary>What was probed, where the probe has several targets.</summary>
    public string? Target { get; init; }
}

/// <summary>A probe that found something wrong. Exactly these members: strict clients refuse any other (spec/01-versions.md, section 3).</summary>
public sealed record MachineHealthProbeAlert
{
    /// <summary>Name of the probe.</summary>
    public required string Id { get; init; }

    /// <summary>What was probed, where the probe has several targets.</summary>
    public string? Target { get; init; }

    /// <summary>Since when.</summary>
    public DateTime? InAlertSince { get; init; }

    /// <summary>What is wrong, for the provider.</summary>
    public string Message { get; init; } = "";

    /// <summary>What is wrong, for the tenant.</summary>
    public string? TenantMessage { get; init; }

    /// <summary>What follows from it, such as PreventAllocations.</summary>
    public IReadOnlyList<string> Classifications { get; init; } = [];
}

/// <summary>What the site has discovered of a machine's hardware. What it has not discovered is left out.</summary>
public sealed record MachineMetadata : StoredJson
{
    /// <summary>Board, BIOS and chassis.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineDMIData? DmiData { get; init; }

    /// <summary>The board management controller.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineBMCInfo? BmcInfo { get; init; }

    /// <summary>The site's own state of the machine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineLifecycleState? LifecycleState { get; init; }

    /// <summary>Each GPU.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MachineGPUInfo>? Gpus { get; init; }

    /// <summary>Each network port.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MachineNetworkInterface>? NetworkInterfaces { get; init; }

    /// <summary>Each InfiniBand port.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MachineInfiniBandInterface>? InfinibandInterfaces { get; init; }
}

/// <summary>The site's own state of a machine, and how long it may last.</summary>
public sealed record MachineLifecycleState
{
    /// <summary>The state, as the site calls it.</summary>
    public required string Value { get; init; }

    /// <summary>True when it lasts longer than it may.</summary>
    [JsonPropertyName("isAboveSLA")]
    public bool IsAboveSla { get; init; }

    /// <summary>Since when the machine is in it; null where the site does not say.</summary>
    public DateTime? Updated { get; init; }

    /// <summary>Seconds that it may last; 0 where there is no limit.</summary>
    public long SlaSeconds { get; init; }
}

/// <summary>A board management controller.</summary>
public sealed record MachineBMCInfo
{
    /// <summary>IP address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ip { get; init; }

    /// <summary>MAC address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mac { get; init; }

    /// <summary>Version of the controller.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }

    /// <summary>Version of its firmware.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FirmwareRevision { get; init; }
}

/// <summary>Board, BIOS and chassis as the machine's DMI tables name them.</summary>
public sealed record MachineDMIData
{
    /// <summary>Name of the board.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BoardName { get; init; }

    /// <summary>Serial number of the board.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BoardSerial { get; init; }

    /// <summary>Version of the board.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BoardVersion { get; init; }

    /// <summary>Date of the BIOS.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BiosDate { get; init; }

    /// <summary>Version of the BIOS.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BiosVersion { get; init; }

    /// <summary>Serial number of the product.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProductSerial { get; init; }

    /// <summary>Serial number of the chassis.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ChassisSerial { get; init; }
}

/// <summary>One GPU.</summary>
public sealed record MachineGPUInfo
{
    /// <summary>Model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>Serial number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Serial { get; init; }

    /// <summary>Version of its driver.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DriverVersion { get; init; }

    /// <summary>Version of its BIOS.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VbiosVersion { get; init; }

    /// <summary>Version of its inforom.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InforomVersion { get; init; }

    /// <summary>Memory, with its unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TotalMemory { get; init; }

    /// <summary>Clock rate, with its unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Frequency { get; init; }

    /// <summary>Place on the PCI bus.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PciBusId { get; init; }
}

/// <summary>One network port.</summary>
public sealed record MachineNetworkInterface
{
    /// <summary>MAC address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MacAddress { get; init; }

    /// <summary>Maker of the device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Vendor { get; init; }

    /// <summary>The device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }

    /// <summary>Path of the device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    /// <summary>NUMA node that the device is at.</summary>
    public int NumaNode { get; init; }

    /// <summary>What the device calls itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    /// <summary>PCI slot.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Slot { get; init; }
}

/// <summary>One InfiniBand port.</summary>
public sealed record MachineInfiniBandInterface
{
    /// <summary>GUID of the port.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Guid { get; init; }

    /// <summary>Maker of the device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Vendor { get; init; }

    /// <summary>The device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }

    /// <summary>Path of the device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    /// <summary>NUMA node that the device is at.</summary>
    public int NumaNode { get; init; }

    /// <summary>What the device calls itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    /// <summary>PCI slot.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Slot { get; init; }
}
