using System.Text.Json;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;

namespace Nico.Hardware.Machines.Inventory;

/// <summary>A machine that Nico has, locked: what of it decides what a report changes.</summary>
internal sealed record Known(
    string Id,
    Guid SiteId,
    Guid InfrastructureProviderId,
    Guid? InstanceId,
    string Status,
    string StatusMessage,
    bool IsResetting,
    bool IsMissingOnSite,
    bool? OrderedMaintenance,
    string? MaintenanceMessage,
    DateTime? Touched);

/// <summary>A report and the machine that it is about, if that is known: what is to be written.</summary>
internal sealed record Change(MachineReport Report, Known? Known)
{
    /// <summary>True while the machine is being cleaned after an instance: until its site says that it is ready.</summary>
    private bool IsResetting => Known is { IsResetting: true } && Report.State.Status != MachineStatus.Ready;

    /// <summary>True while the site has not taken an order about maintenance, and says the opposite.</summary>
    private bool IsOrderedOtherwise => Known?.OrderedMaintenance is { } ordered && ordered != (Report.State.Status == MachineStatus.Maintenance);

    /// <summary>What the site says; but what is ordered counts, what Nico holds for an instance is not free, and what is being cleaned is Reset.</summary>
    public MachineStatus Status =>
        IsOrderedOtherwise ? Known!.OrderedMaintenance is true ? MachineStatus.Maintenance : MachineStatus.Initializing
        : IsResetting && Report.State.IsPassing ? MachineStatus.Reset
        : Known?.InstanceId is not null && Report.State.Status == MachineStatus.Ready ? MachineStatus.InUse
        : Report.State.Status;

    /// <summary>Why.</summary>
    public string Message => IsOrderedOtherwise
        ? Known!.OrderedMaintenance is true ? MachineMessages.InMaintenance(Known.MaintenanceMessage) : MachineMessages.LeavingMaintenance
        : Status == MachineStatus.InUse && Known?.InstanceId is null ? MachineMessages.InUseByUnknown
        : Status == Report.State.Status ? Report.State.Message
        : Status == MachineStatus.Reset ? MachineMessages.Resetting
        : MachineMessages.InUse;

    /// <summary>True when the status history gets an entry.</summary>
    public bool IsTransition => Known?.Status != Status.ToString() || Known.StatusMessage != Message;

    /// <summary>The machine's row.</summary>
    public object Row() => new
    {
        Report.Id,
        Report.InstanceTypeId,
        InstanceTypeAssociationId = Report.InstanceTypeId is null ? (Guid?)null : Guid.CreateVersion7(),
        Report.ControllerMachineType,
        ControllerState = Report.State.Text,
        Report.HwSkuDeviceType,
        Report.Vendor,
        Report.ProductName,
        Report.SerialNumber,
        Report.Hostname,
        Report.NvLinkDomainId,
        Report.DpuMachineIds,
        Report.IsInMaintenance,
        Report.MaintenanceMessage,
        Report.Labels,
        Health = Report.Health is null ? (JsonElement?)null : JsonSerializer.SerializeToElement(Report.Health, Wire.Json),
        Report.HealthObserved,
        IsHealthy = Report.Health is null ? (bool?)null : Report.Health.Alerts.Count == 0,
        Metadata = JsonSerializer.SerializeToElement(Report.Metadata, Wire.Json),
        Status,
        StatusMessage = Message,
        IsUsableByTenant = Report.State.IsUsable && Known?.OrderedMaintenance is not true,
        IsResetting,
        ReportDigest = Report.Digest,
        Report.ReportHash,
    };

    /// <summary>The rows of its interfaces; the ids are for those that are new.</summary>
    public IEnumerable<object> Interfaces() => Report.Interfaces.Select(part => new
    {
        Id = Guid.CreateVersion7(),
        MachineId = Report.Id,
        part.ControllerInterfaceId,
        part.ControllerSegmentId,
        part.AttachedDpuMachineId,
        part.Hostname,
        part.IsPrimary,
        part.MacAddress,
        part.IpAddresses,
    });

    /// <summary>The rows of its capabilities; the ids are for those that are new.</summary>
    public IEnumerable<object> Capabilities() => Report.Capabilities!.Select(part => new
    {
        Id = Guid.CreateVersion7(),
        MachineId = Report.Id,
        part.Type,
        part.Name,
        part.Position,
        part.Frequency,
        part.Cores,
        part.Threads,
        part.Capacity,
        part.Vendor,
        part.HardwareRevision,
        part.Count,
        part.DeviceType,
        part.InactiveDevices,
    });
}
