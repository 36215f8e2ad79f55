using Nico.Compute.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.InstanceTypes;

/// <summary>A row of <c>compute.instance_type</c>. It is Ready from the start; until its site has it, what needs it there waits.</summary>
internal sealed record InstanceType
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? ControllerMachineType { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public Guid SiteId { get; init; }

    public required Dictionary<string, string> Labels { get; init; }

    public required InstanceTypeCapabilities Capabilities { get; init; }

    public InstanceTypeStatus Status { get; init; }

    /// <summary>The site's version of it; empty until the site has told it.</summary>
    public string Version { get; init; } = "";

    /// <summary>True once the site has had it.</summary>
    public bool AtSite { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>False for one that its site refused to make.</summary>
    public bool IsToldToSite => AtSite || Status != InstanceTypeStatus.Error;

    public InstanceTypeSummary ToSummary() =>
        new() { Id = Id, Name = Name, InfrastructureProviderId = InfrastructureProviderId, SiteId = SiteId, Status = Status };
}

/// <summary>What the machines of a type must be built of, in order; a column of its row.</summary>
internal sealed class InstanceTypeCapabilities : List<InstanceTypePart>
{
    public InstanceTypeCapabilities()
    {
    }

    public InstanceTypeCapabilities(IEnumerable<InstanceTypePart> parts)
        : base(parts)
    {
    }
}

/// <summary>One kind of part, as it is kept.</summary>
internal sealed record InstanceTypePart
{
    public required InstanceTypeCapabilityType Type { get; init; }

    public required string Name { get; init; }

    public string? Frequency { get; init; }

    public long? Cores { get; init; }

    public long? Threads { get; init; }

    public string? Capacity { get; init; }

    public string? Vendor { get; init; }

    public string? HardwareRevision { get; init; }

    public long? Count { get; init; }

    public string? DeviceType { get; init; }

    public long[]? InactiveDevices { get; init; }

    /// <summary>True when nothing about it differs.</summary>
    public bool Is(InstanceTypePart other) =>
        this with { InactiveDevices = null } == other with { InactiveDevices = null }
        && (InactiveDevices is null ? other.InactiveDevices is null : other.InactiveDevices is not null && InactiveDevices.SequenceEqual(other.InactiveDevices));

    public RequiredPart ToRequired() => new()
    {
        Type = Type.ToString(),
        Name = Name,
        Frequency = Frequency,
        Capacity = Capacity,
        Vendor = Vendor,
        Count = Count,
        DeviceType = DeviceType,
        InactiveDevices = InactiveDevices,
    };
}
