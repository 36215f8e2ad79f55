using Nico.Compute.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.InstanceTypes.ListInstanceTypes;

/// <summary>The instance types that the caller may see. Source: spec/31-instance-type.md, section 3.2.</summary>
public sealed record ListInstanceTypes : ListQuery, IQuery<Page<InstanceTypeResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By("name", "status", "created", "updated");

    /// <summary>Only instance types at this site.</summary>
    [Query]
    public Guid? SiteId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>Only instance types in this status.</summary>
    [Query]
    public InstanceTypeStatus? Status { get; init; }

    /// <summary>Text to search for in name, description, labels and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<InstanceTypeRelation> IncludeRelation { get; init; } = [];

    /// <summary>True to show the machines of the provider's own instance types; for providers.</summary>
    [Query]
    public bool? IncludeMachineAssignment { get; init; }

    /// <summary>True to show what is promised and used: by the org's tenant, where the caller acts for one, and by all tenants otherwise.</summary>
    [Query]
    public bool? IncludeAllocationStats { get; init; }

    /// <summary>True to leave out what the tenant has no allocation of; for tenants. A provider's own are listed all the same.</summary>
    [Query]
    public bool? ExcludeUnallocated { get; init; }

    public override ListOrder Orders() => _orders;
}

internal sealed class ListInstanceTypesEndpoint : ListEndpoint<ListInstanceTypes, InstanceTypeResponse>
{
    public override void Configure()
    {
        Get("instance/type");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-all-instance-type",
            "Instance Type",
            "List instance types",
            "A provider sees its own, a tenant those of the sites where it has an allocation; a caller who is both sees both, each once.");
    }
}
