using Nico.Compute.UserData;
using Nico.SharedKernel;

namespace Nico.Compute.Instances;

/// <summary>Where an instance stands.</summary>
public enum InstanceStatus
{
    /// <summary>Accepted; its site has not begun.</summary>
    Pending,

    /// <summary>Being made by its site.</summary>
    Provisioning,

    /// <summary>Its site is putting a changed configuration into effect.</summary>
    Configuring,

    /// <summary>Runs.</summary>
    Ready,

    /// <summary>Its firmware is being updated.</summary>
    Updating,

    /// <summary>Its machine is being repaired while it keeps it.</summary>
    Repairing,

    /// <summary>Restarts.</summary>
    Rebooting,

    /// <summary>Being released.</summary>
    Terminating,

    /// <summary>Refused by its site, failed there, or no longer there.</summary>
    Error,
}

/// <summary>What an instance's machine does as a computer.</summary>
internal enum PowerStatus
{
    BootCompleted,
    Rebooting,
    Error,
}

/// <summary>A row of <c>compute.instance</c>.</summary>
internal sealed record Instance
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Org { get; init; }

    public Guid TenantId { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public Guid SiteId { get; init; }

    public Guid? InstanceTypeId { get; init; }

    /// <summary>The batch that it was made in; null for a single one.</summary>
    public Guid? BatchId { get; init; }

    public Guid VpcId { get; init; }

    public required string MachineId { get; init; }

    public Guid? OperatingSystemId { get; init; }

    public BootText? IpxeScript { get; init; }

    public BootText? UserData { get; init; }

    public bool AlwaysBootWithCustomIpxe { get; init; }

    public bool PhoneHomeEnabled { get; init; }

    public bool AutoNetwork { get; init; }

    public bool AllowUnhealthyMachine { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public bool IsUpdatePending { get; init; }

    public string? TpmEkCertificate { get; init; }

    /// <summary>As kept: never Rebooting, which is Ready with a power status.</summary>
    public InstanceStatus Status { get; init; }

    /// <summary>As shown.</summary>
    public InstanceStatus ShownStatus { get; init; }

    public PowerStatus PowerStatus { get; init; }

    public bool IsMissingOnSite { get; init; }

    public bool AtSite { get; init; }

    /// <summary>True when nothing has been ordered since the report that is being applied began; read by the inventory only.</summary>
    public bool IsSettled { get; init; }

    public int Revision { get; init; }

    public InstanceUndo? Undo { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>Its interfaces in the order in which they were asked for, where the statement reads them.</summary>
    public InterfaceRow[] Interfaces { get; init; } = [];
}

/// <summary>A row of <c>compute.interface</c>.</summary>
internal sealed record InterfaceRow
{
    public Guid Id { get; init; }

    public Guid InstanceId { get; init; }

    public int Position { get; init; }

    public Guid? SubnetId { get; init; }

    public Guid? VpcPrefixId { get; init; }

    public Guid VpcId { get; init; }

    /// <summary>How many interfaces its network has addresses for; no column, and known of new interfaces only.</summary>
    public long Room { get; init; }

    /// <summary>The subnet or the VPC prefix.</summary>
    public Guid NetworkId => SubnetId ?? VpcPrefixId ?? Guid.Empty;

    public bool IsPhysical { get; init; }

    public string? Device { get; init; }

    public int? DeviceInstance { get; init; }

    public int? VirtualFunctionId { get; init; }

    public string? RequestedIpAddress { get; init; }

    public string? MacAddress { get; init; }

    public string[] IpAddresses { get; init; } = [];

    public InterfaceStatus Status { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }
}

/// <summary>What changes of the configuration replaced, until the site has taken them.</summary>
internal sealed record InstanceUndo
{
    /// <summary>Most changes that may wait for the site at once.</summary>
    public const int Most = 100;

    /// <summary>Oldest first; the first is what the site has.</summary>
    public required IReadOnlyList<ReplacedConfiguration> Steps { get; init; }

    /// <summary>What is left to be undone once the site has taken <paramref name="revision"/>; null for nothing.</summary>
    public InstanceUndo? Without(int revision) => Steps.Where(step => step.Revision >= revision).ToArray() is { Length: > 0 } left ? new() { Steps = left } : null;

    /// <summary>Every interface that the changes added.</summary>
    public Guid[] Added() => [.. Steps.SelectMany(step => step.Added)];

    /// <summary>Every interface from before the changes that they marked as being deleted, with the status that it had.</summary>
    public IReadOnlyDictionary<Guid, InterfaceStatus> Replaced()
    {
        var added = Added();
        return Steps.SelectMany(step => step.Replaced).Where(row => !added.Contains(row.Key)).DistinctBy(row => row.Key).ToDictionary();
    }
}

/// <summary>What one change of the configuration replaced.</summary>
internal sealed record ReplacedConfiguration
{
    /// <summary>The revision that had these values.</summary>
    public int Revision { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public Guid? OperatingSystemId { get; init; }

    public BootText? IpxeScript { get; init; }

    public BootText? UserData { get; init; }

    public bool AlwaysBootWithCustomIpxe { get; init; }

    public bool PhoneHomeEnabled { get; init; }

    public bool AutoNetwork { get; init; }

    public InstanceStatus Status { get; init; }

    /// <summary>Interfaces that the change marked as being deleted, with the status that they had.</summary>
    public Dictionary<Guid, InterfaceStatus> Replaced { get; init; } = [];

    /// <summary>Interfaces that the change added.</summary>
    public IReadOnlyList<Guid> Added { get; init; } = [];
}
