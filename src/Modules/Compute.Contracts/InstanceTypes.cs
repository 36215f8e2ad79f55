namespace Nico.Compute.Contracts;

/// <summary>Where an instance type stands.</summary>
public enum InstanceTypeStatus
{
    /// <summary>Accepted.</summary>
    Pending,

    /// <summary>Being made known to its site.</summary>
    Registering,

    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Its site refused it or has lost it.</summary>
    Error,
}

/// <summary>An instance type in short.</summary>
public sealed record InstanceTypeSummary
{
    /// <summary>Id of the instance type.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the instance type.</summary>
    public required string Name { get; init; }

    /// <summary>The provider that offers it.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The site that it is at.</summary>
    public Guid SiteId { get; init; }

    /// <summary>Where it stands.</summary>
    public InstanceTypeStatus Status { get; init; }
}

/// <summary>An instance type, locked until the transaction ends: what decides whether machines may join or leave it.</summary>
public sealed record LockedInstanceType
{
    /// <summary>Id of the instance type.</summary>
    public Guid Id { get; init; }

    /// <summary>The provider that offers it.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The site that it is at.</summary>
    public Guid SiteId { get; init; }

    /// <summary>Where it stands.</summary>
    public InstanceTypeStatus Status { get; init; }

    /// <summary>Machines of it that allocations promise to tenants.</summary>
    public int Allocated { get; init; }

    /// <summary>What its machines must be built of.</summary>
    public IReadOnlyList<RequiredPart> Parts { get; init; } = [];
}

/// <summary>A kind of part that each machine of an instance type must have. What is null may be anything.</summary>
public sealed record RequiredPart
{
    /// <summary>Kind of the part, such as GPU.</summary>
    public required string Type { get; init; }

    /// <summary>Model of the part.</summary>
    public required string Name { get; init; }

    /// <summary>Clock rate, with its unit.</summary>
    public string? Frequency { get; init; }

    /// <summary>Capacity, with its unit.</summary>
    public string? Capacity { get; init; }

    /// <summary>Maker of the part.</summary>
    public string? Vendor { get; init; }

    /// <summary>Exactly how many of them.</summary>
    public long? Count { get; init; }

    /// <summary>What a GPU or network device is beyond its kind.</summary>
    public string? DeviceType { get; init; }

    /// <summary>Exactly which InfiniBand devices cannot be used.</summary>
    public IReadOnlyList<long>? InactiveDevices { get; init; }
}

/// <summary>What an allocation promises of an instance type.</summary>
public sealed record InstanceTypePromise
{
    /// <summary>The instance type.</summary>
    public Guid InstanceTypeId { get; init; }

    /// <summary>The tenant that it is promised to.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The allocation.</summary>
    public Guid AllocationId { get; init; }

    /// <summary>Name of the allocation.</summary>
    public required string AllocationName { get; init; }

    /// <summary>Machines.</summary>
    public int Machines { get; init; }
}

/// <summary>A tenant's instances of an instance type that have a machine.</summary>
public sealed record InstanceTypeUse
{
    /// <summary>The instance type.</summary>
    public Guid InstanceTypeId { get; init; }

    /// <summary>The tenant.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The instances.</summary>
    public required Guid[] InstanceIds { get; init; }
}

/// <summary>Instance types, and what is promised and used of them.</summary>
public interface IInstanceTypes
{
    /// <summary>Instance types by id, in one statement.</summary>
    Task<IReadOnlyDictionary<Guid, InstanceTypeSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>The instance types of a site, by name.</summary>
    Task<IReadOnlyList<InstanceTypeSummary>> AtSite(Guid siteId, CancellationToken ct);

    /// <summary>
    /// The instance types with these ids under row locks until the transaction ends: nothing is promised of them and no machine joins
    /// or leaves them meanwhile. Locked before machines are, always.
    /// </summary>
    Task<IReadOnlyDictionary<Guid, LockedInstanceType>> Lock(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>What allocations promise of the site's instance types, by name of the allocation.</summary>
    Task<IReadOnlyList<InstanceTypePromise>> Promises(Guid siteId, CancellationToken ct);

    /// <summary>How many machines allocations promise at each of the sites, in one statement. A site where none is promised is left out.</summary>
    Task<IReadOnlyDictionary<Guid, int>> PromisedAt(IReadOnlyCollection<Guid> siteIds, CancellationToken ct);

    /// <summary>The instances of the site's instance types that have a machine, by type and tenant.</summary>
    Task<IReadOnlyList<InstanceTypeUse>> Uses(Guid siteId, CancellationToken ct);
}

/// <summary>Kinds of this module's commands to sites, for commands that come after them.</summary>
public static class ComputeKinds
{
    /// <summary>Instance types; their resource is the instance type.</summary>
    public const string InstanceType = "instance-type";

    /// <summary>Instances; their resource is the instance.</summary>
    public const string Instance = "instance";
}
