using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.OperatingSystems.ListOperatingSystems;

/// <summary>The tenant's operating systems. Source: spec/32-operating-system.md, section 4.2.</summary>
public sealed record ListOperatingSystems : ListQuery, IQuery<Page<OperatingSystemResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By("name", "version", "status", "is_cloud_init", "created", "updated");

    /// <summary>Only operating systems that can be used at one of these sites; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> SiteId { get; init; } = [];

    /// <summary>Only operating systems of these types; may be repeated.</summary>
    [Query]
    public IReadOnlyList<OperatingSystemType> Type { get; init; } = [];

    /// <summary>Only operating systems in these statuses; may be repeated.</summary>
    [Query]
    public IReadOnlyList<OperatingSystemStatus> Status { get; init; } = [];

    /// <summary>Text to search for in name, description and status.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<OperatingSystemRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => _orders;
}

internal sealed class ListOperatingSystemsEndpoint : ListEndpoint<ListOperatingSystems, OperatingSystemResponse>
{
    public override void Configure()
    {
        Get("operating-system");
        Allow(Role.TenantAdmin);
        Describe("get-all-operating-system", "Operating System", "List operating systems", "The operating systems of the org's tenant, inactive ones too.");
    }
}
