using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Allocations.ListAllocations;

/// <summary>The allocations that the caller gave or has. Source: spec/20-ip-and-allocation.md, section 6.2.</summary>
public sealed record ListAllocations : ListQuery, IQuery<Page<AllocationResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By(
        "name", "status", "created", "updated", "site_name", "tenant_org_display_name", "instance_type_name", "ip_block_name", "constraint_value");

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Only allocations of these tenants; for providers. May be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> TenantId { get; init; } = [];

    /// <summary>Only allocations at these sites; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> SiteId { get; init; } = [];

    /// <summary>Only these allocations; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> Id { get; init; } = [];

    /// <summary>Only allocations of these kinds of things; may be repeated.</summary>
    [Query]
    public IReadOnlyList<AllocationResourceType> ResourceType { get; init; } = [];

    /// <summary>Only allocations in these statuses; may be repeated.</summary>
    [Query]
    public IReadOnlyList<AllocationStatus> Status { get; init; } = [];

    /// <summary>Only allocations from these instance types or IP blocks; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> ResourceTypeId { get; init; } = [];

    /// <summary>Only allocations that are so firm; may be repeated.</summary>
    [Query]
    public IReadOnlyList<AllocationConstraintType> ConstraintType { get; init; } = [];

    /// <summary>Only allocations of so many machines or of so long a prefix; may be repeated.</summary>
    [Query]
    public IReadOnlyList<int> ConstraintValue { get; init; } = [];

    /// <summary>Text to search for in name, description and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<AllocationRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => _orders;

    /// <summary>True for an order by what is given.</summary>
    internal bool IsByConstraint => OrderBy is { } order
        && (order.StartsWith("CONSTRAINT_VALUE", StringComparison.Ordinal)
            || order.StartsWith("INSTANCE_TYPE_NAME", StringComparison.Ordinal)
            || order.StartsWith("IP_BLOCK_NAME", StringComparison.Ordinal));

    /// <summary>What to embed: what was asked for, and what the list is ordered by.</summary>
    internal IReadOnlyList<AllocationRelation> Embedded() =>
        OrderBy is null ? IncludeRelation
        : OrderBy.StartsWith("SITE_NAME", StringComparison.Ordinal) ? [.. IncludeRelation, AllocationRelation.Site]
        : OrderBy.StartsWith("TENANT_ORG", StringComparison.Ordinal) ? [.. IncludeRelation, AllocationRelation.Tenant]
        : IncludeRelation;
}

internal sealed class ListAllocationsEndpoint : ListEndpoint<ListAllocations, AllocationResponse>
{
    public override void Configure()
    {
        Get("allocation");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-all-allocation",
            "Allocation",
            "List allocations",
            "A provider sees what it gave, a tenant what it has; a caller who is both sees both. Ordered by the site's or the tenant's name, "
            + "the list embeds it.");
    }
}
