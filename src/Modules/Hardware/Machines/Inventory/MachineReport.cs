using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.MachineDiscovery;
using Reported = Nico.SiteProtocol.Forge.Machine;

namespace Nico.Hardware.Machines.Inventory;

/// <summary>
/// What Nico keeps of a site's report of one machine. Two reports that say the same have the same digest: neither the order of
/// parts nor the time of a health observation counts. Source: spec/60-site-link.md, section 8.13.
/// </summary>
internal sealed record MachineReport
{
    /// <summary>Of the year 5138: what is beyond is no time.</summary>
    private const long MostMicroseconds = 100_000_000_000_000_000;

    public required string Id { get; init; }

    public required MachineState State { get; init; }

    public Guid? InstanceTypeId { get; init; }

    public required string ControllerMachineType { get; init; }

    public string? HwSkuDeviceType { get; init; }

    public string? Vendor { get; init; }

    public string? ProductName { get; init; }

    public string? SerialNumber { get; init; }

    public string? Hostname { get; init; }

    public string? NvLinkDomainId { get; init; }

    public string[] DpuMachineIds { get; init; } = [];

    public bool IsInMaintenance { get; init; }

    public string? MaintenanceMessage { get; init; }

    public required SortedDictionary<string, string> Labels { get; init; }

    /// <summary>Null when the report has none: then what is known stays.</summary>
    public MachineHealth? Health { get; init; }

    public required MachineMetadata Metadata { get; init; }

    public required IReadOnlyList<ReportedInterface> Interfaces { get; init; }

    /// <summary>Null when the hardware was not discovered: then what is known stays.</summary>
    public IReadOnlyList<ReportedCapability>? Capabilities { get; init; }

    /// <summary>When the health was observed.</summary>
    public DateTime? HealthObserved { get; init; }

    /// <summary>Hash of the bytes that it came in.</summary>
    [JsonIgnore]
    public long ReportHash { get; init; }

    /// <summary>Digest of what it says, but for <see cref="HealthObserved"/>.</summary>
    public string Digest { get; private init; } = "";

    /// <summary>Reads the report.</summary>
    public static MachineReport Of(Report<Reported> reported)
    {
        var machine = reported.Item;
        var discovery = machine.DiscoveryInfo;
        var interfaces = machine.Interfaces
            .Select((part, i) => ReportedInterface.Of(reported, part, $"interfaces[{i}]"))
            .OfType<ReportedInterface>()
            .DistinctBy(i => i.ControllerInterfaceId)
            .ToList();
        var instanceType = Report.Uuid(machine.InstanceTypeId);
        if (instanceType is null && machine.HasInstanceTypeId)
        {
            reported.LeaveOut("instance_type_id", "is no UUID");
        }

        var report = new MachineReport
        {
            Id = reported.Id,
            State = MachineState.Of(machine),
            InstanceTypeId = instanceType,
            ControllerMachineType = Report.ShortOrNull(discovery?.MachineType) ?? "Unknown",
            HwSkuDeviceType = Report.ShortOrNull(machine.HwSkuDeviceType),
            Vendor = Report.ShortOrNull(discovery?.DmiData?.SysVendor),
            ProductName = Report.ShortOrNull(discovery?.DmiData?.ProductName),
            SerialNumber = Report.ShortOrNull(discovery?.DmiData?.ProductSerial),
            Hostname = Report.ShortOrNull(machine.Interfaces.FirstOrDefault()?.Hostname),
            NvLinkDomainId = Report.ShortOrNull(machine.NvlinkInfo?.DomainUuid?.Value),
            DpuMachineIds = [.. machine.AssociatedDpuMachineIds.Select(id => Report.ShortOrNull(id.Id)).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            IsInMaintenance = machine.MaintenanceStartTime is not null,
            MaintenanceMessage = machine.MaintenanceStartTime is null ? null : Report.TextOrNull(machine.MaintenanceReference),
            Labels = LabelsOf(machine),
            Health = HealthOf(machine),
            Metadata = MetadataOf(reported),
            Interfaces = [.. interfaces.OrderBy(i => i.ControllerInterfaceId)],
            ReportHash = reported.Hash,
            Capabilities = discovery is null || reported.Lacks("capabilities") ? null : ReportedCapability.Of(machine.Capabilities ?? new MachineCapabilitiesSet()),
        };
        return report with
        {
            Digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(report, Wire.Json))[..16]),
            HealthObserved = machine.Health?.ObservedAt?.ToDateTime() is { } at ? at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond)) : null,
        };
    }

    private static SortedDictionary<string, string> LabelsOf(Reported machine)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in machine.Metadata?.Labels ?? [])
        {
            labels[label.Key] = label.Value ?? "";
        }

        return labels;
    }

    private static MachineHealth? HealthOf(Reported machine) => machine.Health is not { } health ? null : new MachineHealth
    {
        Source = health.Source,
        Successes = [.. health.Successes
            .Select(probe => new MachineHealthProbeSuccess { Id = probe.Id, Target = Report.TextOrNull(probe.Target) })
            .OrderBy(probe => probe.Id, StringComparer.Ordinal)
            .ThenBy(probe => probe.Target, StringComparer.Ordinal)],
        Alerts = [.. health.Alerts
            .Select(alert => new MachineHealthProbeAlert
            {
                Id = alert.Id,
                Target = Report.TextOrNull(alert.Target),
                InAlertSince = alert.InAlertSince?.ToDateTime(),
                Message = alert.Message,
                TenantMessage = Report.TextOrNull(alert.TenantMessage),
                Classifications = [.. alert.Classifications],
            })
            .OrderBy(alert => alert.Id, StringComparer.Ordinal)
            .ThenBy(alert => alert.Target, StringComparer.Ordinal)],
    };

    private static MachineLifecycleState? LifecycleOf(Reported machine) => machine.StateSla is not { } sla ? null : new MachineLifecycleState
    {
        Value = machine.State,
        IsAboveSla = sla.TimeInStateAboveSla,
        SlaSeconds = Math.Max(0, sla.Sla?.Seconds ?? 0),
        Updated = StateSince(machine.StateVersion),
    };

    /// <summary>The time in a version such as <c>V7-T1714564800000000</c>, which has microseconds; null when there is none.</summary>
    private static DateTime? StateSince(string version)
    {
        var mark = version.IndexOf("-T", StringComparison.Ordinal);
        return mark > 0
            && long.TryParse(version.AsSpan(mark + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds < MostMicroseconds
                ? DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
                : null;
    }

    private static MachineMetadata MetadataOf(Report<Reported> reported)
    {
        var machine = reported.Item;
        var discovery = machine.DiscoveryInfo;
        return new MachineMetadata
        {
            LifecycleState = LifecycleOf(machine),
            BmcInfo = machine.BmcInfo is not { } bmc ? null : new MachineBMCInfo
            {
                Ip = reported.Address("bmc_info.ip", bmc.Ip),
                Mac = reported.Mac("bmc_info.mac", bmc.Mac),
                Version = Report.TextOrNull(bmc.Version),
                FirmwareRevision = Report.TextOrNull(bmc.FirmwareVersion),
            },
            DmiData = discovery?.DmiData is not { } dmi ? null : new MachineDMIData
            {
                BoardName = Report.TextOrNull(dmi.BoardName),
                BoardSerial = Report.TextOrNull(dmi.BoardSerial),
                BoardVersion = Report.TextOrNull(dmi.BoardVersion),
                BiosDate = Report.TextOrNull(dmi.BiosDate),
                BiosVersion = Report.TextOrNull(dmi.BiosVersion),
                ProductSerial = Report.TextOrNull(dmi.ProductSerial),
                ChassisSerial = Report.TextOrNull(dmi.ChassisSerial),
            },
            Gpus = discovery is not { Gpus.Count: > 0 } ? null : [.. discovery.Gpus.Select(gpu => new MachineGPUInfo
            {
                Name = Report.TextOrNull(gpu.Name),
                Serial = Report.TextOrNull(gpu.Serial),
                DriverVersion = Report.TextOrNull(gpu.DriverVersion),
                VbiosVersion = Report.TextOrNull(gpu.VbiosVersion),
                InforomVersion = Report.TextOrNull(gpu.InforomVersion),
                TotalMemory = Report.TextOrNull(gpu.TotalMemory),
                Frequency = Report.TextOrNull(gpu.Frequency),
                PciBusId = Report.TextOrNull(gpu.PciBusId),
            })],
            NetworkInterfaces = discovery is not { NetworkInterfaces.Count: > 0 } ? null : [.. discovery.NetworkInterfaces.Select(port => Pci(
                port.PciProperties, (vendor, device, path, numaNode, description, slot) => new MachineNetworkInterface
                {
                    MacAddress = reported.Mac("discovery_info.network_interfaces.mac_address", port.MacAddress),
                    Vendor = vendor,
                    Device = device,
                    Path = path,
                    NumaNode = numaNode,
                    Description = description,
                    Slot = slot,
                }))],
            InfinibandInterfaces = discovery is not { InfinibandInterfaces.Count: > 0 } ? null : [.. discovery.InfinibandInterfaces.Select(port => Pci(
                port.PciProperties, (vendor, device, path, numaNode, description, slot) => new MachineInfiniBandInterface
                {
                    Guid = Report.TextOrNull(port.Guid),
                    Vendor = vendor,
                    Device = device,
                    Path = path,
                    NumaNode = numaNode,
                    Description = description,
                    Slot = slot,
                }))],
        };
    }

    private static T Pci<T>(PciDeviceProperties? pci, Func<string?, string?, string?, int, string?, string?, T> port) => port(
        Report.TextOrNull(pci?.Vendor),
        Report.TextOrNull(pci?.Device),
        Report.TextOrNull(pci?.Path),
        pci?.NumaNode ?? 0,
        Report.TextOrNull(pci?.Description),
        Report.TextOrNull(pci?.Slot));
}

/// <summary>An interface as a site reports it.</summary>
internal sealed record ReportedInterface(
    Guid ControllerInterfaceId, Guid? ControllerSegmentId, string? AttachedDpuMachineId, string? Hostname, bool IsPrimary, string? MacAddress, string[] IpAddresses)
{
    /// <summary>Reads the interface; null when it has no id.</summary>
    public static ReportedInterface? Of(Report<Reported> machine, SiteProtocol.Forge.MachineInterface reported, string place)
    {
        if (Report.Uuid(reported.Id?.Value) is not { } id)
        {
            machine.LeaveOut(place, "has no id");
            return null;
        }

        return new(
            id,
            Report.Uuid(reported.SegmentId?.Value),
            Report.TextOrNull(reported.AttachedDpuMachineId?.Id),
            Report.TextOrNull(reported.Hostname),
            reported.PrimaryInterface,
            machine.Mac($"{place}.mac_address", reported.MacAddress),
            [.. reported.Address.Select(address => machine.Address($"{place}.address", address)).OfType<string>()]);
    }
}

/// <summary>A capability as a site reports it. The clock rate of processors is left out: it changes with the load.</summary>
internal sealed record ReportedCapability
{
    public required MachineCapabilityType Type { get; init; }

    public required string Name { get; init; }

    /// <summary>Counts the capabilities of one type and name.</summary>
    public int Position { get; init; }

    public string? Frequency { get; init; }

    public int? Cores { get; init; }

    public int? Threads { get; init; }

    public string? Capacity { get; init; }

    public string? Vendor { get; init; }

    public string? HardwareRevision { get; init; }

    public required int Count { get; init; }

    public string? DeviceType { get; init; }

    public int[] InactiveDevices { get; init; } = [];

    /// <summary>Reads a machine's capabilities, in an order of their own.</summary>
    public static IReadOnlyList<ReportedCapability> Of(MachineCapabilitiesSet set)
    {
        IEnumerable<ReportedCapability> all =
        [
            .. set.Cpu.Select(part => Part(MachineCapabilityType.CPU, part.Name, part.Count, part.Vendor) with
            {
                Cores = part.HasCores ? Report.Number(part.Cores) : null,
                Threads = part.HasThreads ? Report.Number(part.Threads) : null,
            }),
            .. set.Gpu.Select(part => Part(MachineCapabilityType.GPU, part.Name, part.Count, part.Vendor) with
            {
                Frequency = Report.ShortOrNull(part.Frequency),
                Capacity = Report.ShortOrNull(part.Capacity),
                Cores = part.HasCores ? Report.Number(part.Cores) : null,
                Threads = part.HasThreads ? Report.Number(part.Threads) : null,
                DeviceType = part.DeviceType == MachineCapabilityDeviceType.Nvlink ? "NVLink" : "",
            }),
            .. set.Memory.Select(part => Part(MachineCapabilityType.Memory, part.Name, part.Count, part.Vendor) with
            {
                Capacity = Report.ShortOrNull(part.Capacity),
            }),
            .. set.Storage.Select(part => Part(MachineCapabilityType.Storage, part.Name, part.Count, part.Vendor) with
            {
                Capacity = Report.ShortOrNull(part.Capacity),
            }),
            .. set.Network.Select(part => Part(MachineCapabilityType.Network, part.Name, part.Count, part.Vendor) with
            {
                DeviceType = part.DeviceType == MachineCapabilityDeviceType.Dpu ? "DPU" : "",
            }),
            .. set.Infiniband.Select(part => Part(MachineCapabilityType.InfiniBand, part.Name, part.Count, part.Vendor) with
            {
                InactiveDevices = [.. part.InactiveDevices.Select(Report.Number)],
            }),
            .. set.Dpu.Select(part => Part(MachineCapabilityType.DPU, part.Name, part.Count, null) with
            {
                HardwareRevision = Report.ShortOrNull(part.HardwareRevision),
            }),
        ];
        return [.. all
            .GroupBy(part => (part.Type, part.Name))
            .OrderBy(same => same.Key.Type)
            .ThenBy(same => same.Key.Name, StringComparer.Ordinal)
            .SelectMany(same => same.Select((part, position) => part with { Position = position }))];
    }

    private static ReportedCapability Part(MachineCapabilityType type, string name, uint count, string? vendor) =>
        new() { Type = type, Name = Report.Short(name), Count = Report.Number(count), Vendor = Report.ShortOrNull(vendor) };
}
