using System.Text.Json.Serialization;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations;

/// <summary>Where an allocation stands. Everything is decided in one transaction, so an allocation is Registered from the start.</summary>
public enum AllocationStatus
{
    /// <summary>Accepted, not in force.</summary>
    Pending,

    /// <summary>In force.</summary>
    Registered,

    /// <summary>Being ended.</summary>
    Deleting,

    /// <summary>Not in force.</summary>
    Error,
}

/// <summary>What an allocation gives.</summary>
public enum AllocationResourceType
{
    /// <summary>Machines of a type.</summary>
    InstanceType,

    /// <summary>A part of a provider's IP block.</summary>
    IPBlock,
}

/// <summary>How firmly something is given.</summary>
public enum AllocationConstraintType
{
    /// <summary>For the tenant alone.</summary>
    Reserved,

    /// <summary>When there is something free.</summary>
    OnDemand,

    /// <summary>Until somebody else needs it.</summary>
    Preemptible,
}

/// <summary>What an answer about allocations can embed.</summary>
public enum AllocationRelation
{
    /// <summary>The provider, as <c>infrastructureProvider</c>.</summary>
    InfrastructureProvider,

    /// <summary>The tenant, as <c>tenant</c>.</summary>
    Tenant,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,
}

/// <summary>A row of <c>compute.allocation</c> with its constraint.</summary>
internal sealed record Allocation
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public Guid TenantId { get; init; }

    public Guid SiteId { get; init; }

    public AllocationStatus Status { get; init; }

    public Guid ConstraintId { get; init; }

    public AllocationResourceType ResourceType { get; init; }

    public Guid ResourceTypeId { get; init; }

    public AllocationConstraintType ConstraintType { get; init; }

    public int ConstraintValue { get; init; }

    public Guid? DerivedResourceId { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    public DateTime ConstraintCreated { get; init; }

    public DateTime ConstraintUpdated { get; init; }

    public AllocationResponse ToResponse(
        IEnumerable<StatusDetail> history, IReadOnlyDictionary<Guid, IpBlockSummary> blocks, IReadOnlyDictionary<Guid, InstanceTypeSummary> types) => new()
        {
            Id = Id,
            Name = Name,
            Description = Description,
            InfrastructureProviderId = InfrastructureProviderId,
            TenantId = TenantId,
            SiteId = SiteId,
            Status = Status,
            StatusHistory = [.. history],
            AllocationConstraints = [Constraint(blocks, types)],
            Created = Created,
            Updated = Updated,
        };

    public AllocationConstraint Constraint(
        IReadOnlyDictionary<Guid, IpBlockSummary> blocks, IReadOnlyDictionary<Guid, InstanceTypeSummary> types) => new()
        {
            Id = ConstraintId,
            AllocationId = Id,
            ResourceType = ResourceType,
            ResourceTypeId = ResourceTypeId,
            ConstraintType = ConstraintType,
            ConstraintValue = ConstraintValue,
            DerivedResourceId = DerivedResourceId,
            InstanceType = types.GetValueOrDefault(ResourceTypeId),
            IpBlock = blocks.GetValueOrDefault(ResourceTypeId),
            Created = ConstraintCreated,
            Updated = ConstraintUpdated,
        };
}

/// <summary>What a provider gives to a tenant at a site. With the first one the tenant may use the site.</summary>
[Schema("Allocation")]
public sealed record AllocationResponse
{
    /// <summary>Id of the allocation.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the allocation; unique for the tenant at the site.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The provider that gives.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The tenant that gets.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The site.</summary>
    public Guid SiteId { get; init; }

    /// <summary>Where the allocation stands.</summary>
    public AllocationStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>What is given: exactly one entry.</summary>
    public required IReadOnlyList<AllocationConstraint> AllocationConstraints { get; init; }

    /// <summary>When the allocation was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The provider; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The tenant; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }
}

/// <summary>How much of what an allocation gives.</summary>
public sealed record AllocationConstraint
{
    /// <summary>Id of the constraint.</summary>
    public Guid Id { get; init; }

    /// <summary>The allocation that it belongs to.</summary>
    public Guid AllocationId { get; init; }

    /// <summary>What is given.</summary>
    public AllocationResourceType ResourceType { get; init; }

    /// <summary>The instance type, or the provider's IP block, that is given from.</summary>
    public Guid ResourceTypeId { get; init; }

    /// <summary>How firmly it is given.</summary>
    public AllocationConstraintType ConstraintType { get; init; }

    /// <summary>A number of machines, or the length of a prefix.</summary>
    public int ConstraintValue { get; init; }

    /// <summary>The tenant's IP block that was made by this; null for machines.</summary>
    public Guid? DerivedResourceId { get; init; }

    /// <summary>The instance type in short; for machines only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InstanceTypeSummary? InstanceType { get; init; }

    /// <summary>The provider's IP block in short; for prefixes only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IpBlockSummary? IpBlock { get; init; }

    /// <summary>When the constraint was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}
