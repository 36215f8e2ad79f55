using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.InstanceType;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>What the machines of an instance type are built of, as Nico keeps it and as sites say it.</summary>
internal static class InstanceTypeParts
{
    /// <summary>What the instance type asks for, as the site is told.</summary>
    public static InstanceTypeAttributes ToSite(InstanceType type) => new() { DesiredCapabilities = { type.Capabilities.Select(Wanted) } };

    /// <summary>What a site reports of the parts, as it is kept; null when a part has no model, or one is there twice.</summary>
    public static InstanceTypeCapabilities? Of(Reported reported)
    {
        var parts = (reported.Attributes?.DesiredCapabilities ?? []).Select(Part).ToArray();
        return parts.Any(part => part is null) || parts.GroupBy(part => (part!.Type, part.Name)).Any(same => same.Count() > 1) ? null : new(parts!);
    }

    private static InstanceTypePart? Part(InstanceTypeMachineCapabilityFilterAttributes wanted) => TypeOf(wanted.CapabilityType) is not { } type || wanted.Name.Length == 0
        ? null
        : new InstanceTypePart
        {
            Type = type,
            Name = wanted.Name.Replace("\0", "", StringComparison.Ordinal),
            Frequency = wanted.HasFrequency ? wanted.Frequency : null,
            Cores = wanted.HasCores ? wanted.Cores : null,
            Threads = wanted.HasThreads ? wanted.Threads : null,
            Capacity = wanted.HasCapacity ? wanted.Capacity : null,
            Vendor = wanted.HasVendor ? wanted.Vendor : null,
            HardwareRevision = wanted.HasHardwareRevision ? wanted.HardwareRevision : null,
            Count = wanted.HasCount ? wanted.Count : null,
            DeviceType = !wanted.HasDeviceType ? null : wanted.DeviceType switch
            {
                MachineCapabilityDeviceType.Dpu => "DPU",
                MachineCapabilityDeviceType.Nvlink => "NVLink",
                _ => null,
            },
            InactiveDevices = wanted.InactiveDevices is { Items.Count: > 0 } inactive ? [.. inactive.Items.Select(index => (long)index)] : null,
        };

    private static InstanceTypeMachineCapabilityFilterAttributes Wanted(InstanceTypePart part)
    {
        var wanted = new InstanceTypeMachineCapabilityFilterAttributes
        {
            CapabilityType = part.Type switch
            {
                InstanceTypeCapabilityType.CPU => MachineCapabilityType.CapTypeCpu,
                InstanceTypeCapabilityType.GPU => MachineCapabilityType.CapTypeGpu,
                InstanceTypeCapabilityType.Memory => MachineCapabilityType.CapTypeMemory,
                InstanceTypeCapabilityType.Storage => MachineCapabilityType.CapTypeStorage,
                InstanceTypeCapabilityType.Network => MachineCapabilityType.CapTypeNetwork,
                InstanceTypeCapabilityType.InfiniBand => MachineCapabilityType.CapTypeInfiniband,
                _ => MachineCapabilityType.CapTypeDpu,
            },
            Name = part.Name,
        };
        Set(part.Frequency, value => wanted.Frequency = value);
        Set(part.Capacity, value => wanted.Capacity = value);
        Set(part.Vendor, value => wanted.Vendor = value);
        Set(part.HardwareRevision, value => wanted.HardwareRevision = value);
        Number(part.Count, value => wanted.Count = value);
        Number(part.Cores, value => wanted.Cores = value);
        Number(part.Threads, value => wanted.Threads = value);
        if (part.InactiveDevices is { } inactive)
        {
            wanted.InactiveDevices = new Uint32List { Items = { inactive.Select(index => (uint)index) } };
        }

        if (part.DeviceType is { } device)
        {
            wanted.DeviceType = device == "DPU" ? MachineCapabilityDeviceType.Dpu : MachineCapabilityDeviceType.Nvlink;
        }

        return wanted;
    }

    private static void Set(string? value, Action<string> set)
    {
        if (value is not null)
        {
            set(value);
        }
    }

    private static void Number(long? value, Action<uint> set)
    {
        if (value is { } number)
        {
            set((uint)number);
        }
    }

    private static InstanceTypeCapabilityType? TypeOf(MachineCapabilityType type) => type switch
    {
        MachineCapabilityType.CapTypeCpu => InstanceTypeCapabilityType.CPU,
        MachineCapabilityType.CapTypeGpu => InstanceTypeCapabilityType.GPU,
        MachineCapabilityType.CapTypeMemory => InstanceTypeCapabilityType.Memory,
        MachineCapabilityType.CapTypeStorage => InstanceTypeCapabilityType.Storage,
        MachineCapabilityType.CapTypeNetwork => InstanceTypeCapabilityType.Network,
        MachineCapabilityType.CapTypeInfiniband => InstanceTypeCapabilityType.InfiniBand,
        MachineCapabilityType.CapTypeDpu => InstanceTypeCapabilityType.DPU,
        _ => null,
    };
}
