namespace Nico.Hardware.Contracts;

/// <summary>What a machine is fit for at the moment.</summary>
public enum MachineStatus
{
    /// <summary>Being discovered, tested or prepared.</summary>
    Initializing,

    /// <summary>Free and healthy.</summary>
    Ready,

    /// <summary>Being cleaned after an instance.</summary>
    Reset,

    /// <summary>Taken out of service by an operator.</summary>
    Maintenance,

    /// <summary>Carries an instance.</summary>
    InUse,

    /// <summary>Faulty, or no longer reported by its site.</summary>
    Error,

    /// <summary>Taken away for good.</summary>
    Decommissioned,

    /// <summary>Its site reports a state that means nothing to Nico.</summary>
    Unknown,
}

/// <summary>A machine, as other modules know it.</summary>
public sealed record MachineRef
{
    /// <summary>The controller's id of the machine.</summary>
    public required string Id { get; init; }

    /// <summary>The site where it stands.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The provider that owns it.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The instance type that it belongs to, if any.</summary>
    public Guid? InstanceTypeId { get; init; }

    /// <summary>The controller's id at the site.</summary>
    public required string ControllerMachineId { get; init; }

    /// <summary>What it is fit for.</summary>
    public MachineStatus Status { get; init; }

    /// <summary>What its site last said of it, without details, such as <c>Ready</c> or <c>Assigned/Ready</c>.</summary>
    public required string ControllerState { get; init; }

    /// <summary>True while an instance holds it.</summary>
    public bool IsAssigned { get; init; }

    /// <summary>True while its site does not report it.</summary>
    public bool IsMissingOnSite { get; init; }

    /// <summary>True when the site lets tenants use it, and it carries no instance that Nico does not have.</summary>
    public bool IsUsableByTenant { get; init; }

    /// <summary>The instance that its site reports on it and Nico does not have.</summary>
    public Guid? UnknownInstanceId { get; init; }

    /// <summary>Its network devices: its capabilities of type Network.</summary>
    public IReadOnlyList<MachineNetworkCapability> Networks { get; init; } = [];

    /// <summary>True when it has InfiniBand devices.</summary>
    public bool HasInfiniBand { get; init; }

    /// <summary>Its GPUs' NVLink domain, where it has one.</summary>
    public string? NvLinkDomainId { get; init; }
}

/// <summary>One kind of network device of a machine.</summary>
/// <param name="Name">Model name of the device.</param>
/// <param name="DeviceType">Type, such as DPU or null.</param>
/// <param name="Count">How many there are.</param>
/// <param name="InactiveDevices">Indices of those that cannot be used.</param>
public sealed record MachineNetworkCapability(string Name, string? DeviceType, int Count, IReadOnlyList<int> InactiveDevices);

/// <summary>A machine in short.</summary>
public sealed record MachineSummary
{
    /// <summary>Id of the machine.</summary>
    public required string Id { get; init; }

    /// <summary>The controller's id of the machine.</summary>
    public required string ControllerMachineId { get; init; }

    /// <summary>What the controller calls the machine's type.</summary>
    public string? ControllerMachineType { get; init; }

    /// <summary>The device type of the machine's SKU.</summary>
    public string? HwSkuDeviceType { get; init; }

    /// <summary>Who made it.</summary>
    public string? Vendor { get; init; }

    /// <summary>What its maker calls it.</summary>
    public string? ProductName { get; init; }

    /// <summary>Why it is in maintenance, when it is.</summary>
    public string? MaintenanceMessage { get; init; }

    /// <summary>What it is fit for.</summary>
    public MachineStatus Status { get; init; }
}

/// <summary>Machines and who holds them.</summary>
public interface IMachines
{
    /// <summary>The machine with this id; null when there is none.</summary>
    Task<MachineRef?> Find(string id, CancellationToken ct);

    /// <summary>
    /// The machine under a row lock until the transaction ends, so that of two instances on one machine only one sees it free.
    /// </summary>
    Task<MachineRef?> Lock(string id, CancellationToken ct);

    /// <summary>Marks the locked machine as held by the instance (status InUse).</summary>
    Task Assign(string id, Guid instanceId, Guid tenantId, CancellationToken ct);

    /// <summary>
    /// Frees each machine if that instance holds it. <paramref name="needsReset"/> when the instances had reached their site: a
    /// machine is Reset until its site reports it ready; otherwise it is Ready at once.
    /// </summary>
    Task Release(IReadOnlyCollection<(string MachineId, Guid InstanceId)> held, bool needsReset, CancellationToken ct);

    /// <summary>
    /// A site reports these instances, of which Nico does not have <paramref name="unknown"/>: nobody is given the machines that they are on, until they
    /// are reported and known, or reported no more.
    /// </summary>
    Task NoteUnknown(
        Guid siteId, IReadOnlyCollection<(string MachineId, Guid InstanceId)> unknown, IReadOnlyCollection<Guid> reported, CancellationToken ct);

    /// <summary>Of the instances that Nico does not have, only <paramref name="present"/> are still at the site.</summary>
    Task ForgetUnknown(Guid siteId, string[] present, CancellationToken ct);

    /// <summary>
    /// Has the site end the repair that an instance kept the machine through: with the instance nobody is left who could end it, and the
    /// machine would be kept from all others.
    /// </summary>
    Task EndRepair(string id, CancellationToken ct);

    /// <summary>Machines by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<string, MachineSummary>> Summaries(IReadOnlyCollection<string> ids, CancellationToken ct);
}
