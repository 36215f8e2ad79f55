using Nico.Hardware.Contracts;
using Nico.SharedKernel;

namespace Nico.Hardware.Machines;

/// <summary>A row of <c>hardware.machine</c> as lists and gets need it.</summary>
internal sealed record Machine
{
    public required string Id { get; init; }

    public Guid SiteId { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public Guid? InstanceTypeId { get; init; }

    public Guid? InstanceId { get; init; }

    public Guid? TenantId { get; init; }

    public required string ControllerMachineType { get; init; }

    public string? HwSkuDeviceType { get; init; }

    public string? Vendor { get; init; }

    public string? ProductName { get; init; }

    public string? SerialNumber { get; init; }

    public string? MaintenanceMessage { get; init; }

    public required Dictionary<string, string> Labels { get; init; }

    public string[] DpuMachineIds { get; init; } = [];

    public MachineHealth? Health { get; init; }

    public DateTime? HealthObserved { get; init; }

    /// <summary>Null unless it was asked for.</summary>
    public MachineMetadata? Metadata { get; init; }

    public MachineStatus Status { get; init; }

    public bool IsUsableByTenant { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>What it is built of, where the statement reads it.</summary>
    public MachineCapability[] Capabilities { get; init; } = [];

    /// <summary>Its network interfaces, the primary one first, where the statement reads them.</summary>
    public MachineInterface[] Interfaces { get; init; } = [];
}

/// <summary>What the status history says where Nico itself, and not the site's report, gives a machine its status.</summary>
internal static class MachineMessages
{
    public const string InUse = "In use by an instance";
    public const string InUseByUnknown = "In use at its site by an instance that Nico does not have: an operator adopts or removes it";
    public const string Released = "Free again";
    public const string Resetting = "Being cleaned after an instance";
    public const string Missing = "The site no longer reports the machine";
    public const string LeavingMaintenance = "Maintenance has ended";

    /// <summary>It carries an instance that Nico does not have.</summary>
    public static string CarriesUnknown(Guid instanceId) =>
        $"Its site reports instance {instanceId} on it, which Nico does not have: an operator adopts or removes it";

    /// <summary>In maintenance, and why.</summary>
    public static string InMaintenance(string? why) => string.IsNullOrWhiteSpace(why) ? "In maintenance" : $"In maintenance: {why}";
}

/// <summary>Parts of machine answers that are on their way out.</summary>
internal static class MachineDeprecations
{
    private static readonly DateTime _effective = new(2025, 11, 21, 0, 0, 0, DateTimeKind.Utc);

    public static IReadOnlyList<Deprecation> All { get; } =
    [
        Deprecation.OfAttribute("health.observed_at", "health.observedAt", _effective),
    ];
}
