using System.Globalization;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator.Core;

/// <summary>Classes of machines that stand for each other, by what they are built of.</summary>
internal sealed class InstanceTypes(Controller site)
{
    public CreateInstanceTypeResponse Create(CreateInstanceTypeRequest request)
    {
        var id = Checks.IdOrNew(request.Id, "id");
        var metadata = Checks.Metadata(request.Metadata ?? throw Refuse.Invalid("metadata is required"));
        var attributes = Checked(request.InstanceTypeAttributes);
        if (Find(id) is not null)
        {
            throw Refuse.Precondition($"instance type {id} exists already");
        }

        var record = new InstanceTypeRecord { Id = id, Metadata = metadata, Attributes = attributes, Created = site.Now, Version = Moment.First(site.Now) };
        site.State.InstanceTypes.Put(record);
        return new() { InstanceType = Show(record) };
    }

    public UpdateInstanceTypeResponse Update(UpdateInstanceTypeRequest request)
    {
        var record = Find(Checks.Uuid(request.Id, "id")) ?? throw Refuse.NotFound("instance_type", request.Id);
        var metadata = Checks.Metadata(request.Metadata ?? throw Refuse.Invalid("metadata is required"));
        var attributes = Checked(request.InstanceTypeAttributes);
        if (request.HasIfVersionMatch && request.IfVersionMatch != Moment.Text(record.Version))
        {
            throw Refuse.VersionMismatch("instance_type", record.Id, request.IfVersionMatch);
        }

        if (!attributes.Equals(record.Attributes) && site.Machines.OfType(record.Id).Any())
        {
            throw Refuse.Precondition($"the capabilities of instance type {record.Id} cannot change while machines are associated with it");
        }

        record.Metadata = metadata;
        record.Attributes = attributes;
        Touch(record);
        return new() { InstanceType = Show(record) };
    }

    public DeleteInstanceTypeResponse Delete(DeleteInstanceTypeRequest request)
    {
        var id = Checks.Uuid(request.Id, "id");
        if (Find(id) is null)
        {
            return new();
        }

        if (site.State.Instances.Values.Any(instance => instance.HasInstanceType && instance.InstanceType == id))
        {
            throw Refuse.Precondition($"instance type {id} is in use by instances");
        }

        foreach (var machine in site.Machines.OfType(id).ToList())
        {
            site.Machines.LeaveType(machine);
        }

        site.State.InstanceTypes.Remove(id);
        return new();
    }

    public FindInstanceTypeIdsResponse FindIds(FindInstanceTypeIdsRequest request) => new()
    {
        InstanceTypeIds =
        {
            site.Faults.TwistList("instance-type", site.Listed(site.State.InstanceTypes.Values.Select(type => type.Id)
                .Where(id => !site.Faults.Hides("instance-type", id)))),
        },
    };

    public FindInstanceTypesByIdsResponse FindByIds(FindInstanceTypesByIdsRequest request)
    {
        var leftOut = site.Faults.LeftOut("instance-type");
        return new()
        {
            InstanceTypes =
            {
                Checks.Limited([.. request.InstanceTypeIds], site.Options.MaxFindByIds).Distinct()
                    .Select(Find).OfType<InstanceTypeRecord>().Where(type => !leftOut(type.Id))
                    .Select(type => request.IncludeAllocationStats ? Counted(type) : Show(type)),
            },
        };
    }

    public AssociateMachinesWithInstanceTypeResponse Associate(AssociateMachinesWithInstanceTypeRequest request)
    {
        var id = Checks.Uuid(request.InstanceTypeId, "instance_type_id");
        var machines = Checks.Limited([.. request.MachineIds], site.Options.MaxFindByIds);
        var record = Find(id) ?? throw Refuse.NotFound("instance_type", id);
        site.Machines.Associate(id, machines, capabilities => Mismatch(record.Attributes, capabilities));
        return new();
    }

    public InstanceTypeRecord? Find(string id) => site.Faults.Hides("instance-type", id) ? null : site.State.InstanceTypes.Find(id);

    public void Touch(InstanceTypeRecord record)
    {
        record.Version = Moment.After(record.Version, site.Now);
        site.State.InstanceTypes.Put(record);
    }

    public static InstanceType Show(InstanceTypeRecord record) => new()
    {
        Id = record.Id,
        Attributes = record.Attributes.Clone(),
        Version = Moment.Text(record.Version),
        Metadata = record.Metadata.Clone(),
        CreatedAt = new DateTime(record.Created, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture),
    };

    private InstanceType Counted(InstanceTypeRecord record)
    {
        var machines = site.Machines.OfType(record.Id).ToList();
        var used = machines.Count(machine => machine.Instance.Length > 0);
        var type = Show(record);
        type.AllocationStats = new()
        {
            MaxAllocatable = (uint)machines.Count,
            Used = (uint)used,
            Unused = (uint)(machines.Count - used),
            UnusedUsable = (uint)machines.Count(machine => site.Machines.IsFree(machine.Id)),
        };
        return type;
    }

    private static InstanceTypeAttributes Checked(InstanceTypeAttributes? attributes)
    {
        foreach (var wanted in attributes?.DesiredCapabilities ?? [])
        {
            if (wanted.CapabilityType == MachineCapabilityType.CapTypeInvalid || !Enum.IsDefined(wanted.CapabilityType))
            {
                throw Refuse.Invalid($"capability_type {(int)wanted.CapabilityType} is unknown");
            }
        }

        return attributes?.Clone() ?? new();
    }

    /// <summary>What of the type's wishes a machine does not fulfil; null when it fulfils all.</summary>
    private static string? Mismatch(InstanceTypeAttributes attributes, MachineCapabilitiesSet set)
    {
        var has = Parts(set).ToList();
        var missing = attributes.DesiredCapabilities.FirstOrDefault(wanted => !has.Exists(part => Fits(wanted, part)));
        return missing is null ? null : $"no {missing.CapabilityType} {missing.Name} as wanted";
    }

    // Cores, threads and hardware revision are not compared, nor the clock rate of processors, which nobody discovers.
    private static bool Fits(InstanceTypeMachineCapabilityFilterAttributes wanted, Part part) =>
        wanted.CapabilityType == part.Type
        && (!wanted.HasName || wanted.Name == part.Name)
        && (!wanted.HasFrequency || wanted.CapabilityType == MachineCapabilityType.CapTypeCpu || wanted.Frequency == part.Frequency)
        && (!wanted.HasCapacity || wanted.Capacity == part.Capacity)
        && (!wanted.HasVendor || wanted.Vendor == part.Vendor)
        && (!wanted.HasCount || wanted.Count == part.Count)
        && (!wanted.HasDeviceType || wanted.DeviceType == part.Device)
        && (wanted.InactiveDevices is null || wanted.InactiveDevices.Items.SequenceEqual(part.Inactive));

    private static IEnumerable<Part> Parts(MachineCapabilitiesSet set) =>
    [
        .. set.Cpu.Select(part => new Part(MachineCapabilityType.CapTypeCpu, part.Name, part.Count, part.Vendor)),
        .. set.Gpu.Select(part => new Part(MachineCapabilityType.CapTypeGpu, part.Name, part.Count, part.Vendor)
        {
            Frequency = part.Frequency,
            Capacity = part.Capacity,
            Device = part.DeviceType,
        }),
        .. set.Memory.Select(part => new Part(MachineCapabilityType.CapTypeMemory, part.Name, part.Count, part.Vendor) { Capacity = part.Capacity }),
        .. set.Storage.Select(part => new Part(MachineCapabilityType.CapTypeStorage, part.Name, part.Count, part.Vendor) { Capacity = part.Capacity }),
        .. set.Network.Select(part => new Part(MachineCapabilityType.CapTypeNetwork, part.Name, part.Count, part.Vendor) { Device = part.DeviceType }),
        .. set.Infiniband.Select(part => new Part(MachineCapabilityType.CapTypeInfiniband, part.Name, part.Count, part.Vendor)
        {
            Inactive = [.. part.InactiveDevices],
        }),
        .. set.Dpu.Select(part => new Part(MachineCapabilityType.CapTypeDpu, part.Name, part.Count, "")),
    ];

    private sealed record Part(MachineCapabilityType Type, string Name, uint Count, string Vendor)
    {
        public string Frequency { get; init; } = "";

        public string Capacity { get; init; } = "";

        public MachineCapabilityDeviceType Device { get; init; }

        public IReadOnlyList<uint> Inactive { get; init; } = [];
    }
}
