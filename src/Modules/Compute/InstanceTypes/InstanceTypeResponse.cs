using System.Text.Json.Serialization;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes;

/// <summary>What an answer about instance types can embed.</summary>
public enum InstanceTypeRelation
{
    /// <summary>The provider, as <c>infrastructureProvider</c>.</summary>
    InfrastructureProvider,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,
}

/// <summary>A class of a site's machines that stand for each other.</summary>
[Schema("InstanceType")]
public sealed record InstanceTypeResponse
{
    /// <summary>Id of the instance type.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the instance type; unique for the provider at the site.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>What controllers call such machines.</summary>
    public string? ControllerMachineType { get; init; }

    /// <summary>The provider that offers it.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The provider; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The site that it is at.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }

    /// <summary>Its labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>What each of its machines is built of, in the order in which it was said.</summary>
    public required IReadOnlyList<InstanceTypeCapability> MachineCapabilities { get; init; }

    /// <summary>Its machines; only when they were asked for, by its provider.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MachineInstanceType>? MachineInstanceTypes { get; init; }

    /// <summary>What of it is promised and used; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InstanceTypeAllocationStats? AllocationStats { get; init; }

    /// <summary>Where it stands.</summary>
    public InstanceTypeStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>Members of this answer that are on their way out: none at present.</summary>
    public IReadOnlyList<Deprecation> Deprecations { get; init; } = [];

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>What of an instance type is promised and used: by all tenants, or by the caller's.</summary>
public sealed record InstanceTypeAllocationStats
{
    /// <summary>Machines that belong to it, whatever their status.</summary>
    public int Assigned { get; init; }

    /// <summary>Machines that allocations promise.</summary>
    public int Total { get; init; }

    /// <summary>Instances of it.</summary>
    public int Used { get; init; }

    /// <summary>Machines that are promised and not used.</summary>
    public int Unused { get; init; }

    /// <summary>How many of those could have an instance now.</summary>
    public int UnusedUsable { get; init; }

    /// <summary>Machines that could be promised beyond that; for the provider, and unless more are promised than there are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxAllocatable { get; init; }
}

/// <summary>A machine that belongs to an instance type.</summary>
public sealed record MachineInstanceType
{
    private static readonly Deprecation[] _deprecations =
        [Deprecation.OfAttribute("id", "machineId", new DateTime(2026, 7, 9, 0, 0, 0, DateTimeKind.Utc))];

    /// <summary>Id of the association. Deprecated: <c>machineId</c>.</summary>
    public Guid Id { get; init; }

    /// <summary>The machine.</summary>
    public required string MachineId { get; init; }

    /// <summary>The instance type.</summary>
    public Guid InstanceTypeId { get; init; }

    /// <summary>Since when the machine belongs to it.</summary>
    public DateTime Created { get; init; }

    /// <summary>The same: associations do not change.</summary>
    public DateTime Updated { get; init; }

    /// <summary>Members of this answer that are on their way out.</summary>
    public IReadOnlyList<Deprecation> Deprecations { get; init; } = _deprecations;

    internal static MachineInstanceType Of(MachineAssociation association) => new()
    {
        Id = association.Id,
        MachineId = association.MachineId,
        InstanceTypeId = association.InstanceTypeId,
        Created = association.Created,
        Updated = association.Updated,
    };
}
