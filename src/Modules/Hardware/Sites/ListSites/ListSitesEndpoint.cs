using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Sites.ListSites;

/// <summary>The sites that the caller may see. Source: spec/40-site.md, section 6.</summary>
public sealed record ListSites : ListQuery, IQuery<Page<SiteResponse>>
{
    /// <summary>Understood and without effect: what is listed follows from the org and the caller's roles.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Understood and without effect: what is listed follows from the org and the caller's roles.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>Only sites with one of these statuses. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<SiteStatus> Status { get; init; } = [];

    /// <summary>Only sites that have routed networks, or only those that have none.</summary>
    [Query]
    public bool? IsNativeNetworkingEnabled { get; init; }

    /// <summary>Only sites that have network security groups, or only those that have none.</summary>
    [Query]
    public bool? IsNetworkSecurityGroupEnabled { get; init; }

    /// <summary>Only sites that have NVLink partitions, or only those that have none.</summary>
    [Query]
    public bool? IsNVLinkPartitionEnabled { get; init; }

    /// <summary>Only sites with rack work through Flow, or only those without.</summary>
    [Query]
    public bool? IsFlowEnabled { get; init; }

    /// <summary>True to have each site's machines counted. For providers only.</summary>
    [Query]
    public bool? IncludeMachineStats { get; init; }

    /// <summary>True to have the GPUs of each site counted by model. For providers only.</summary>
    [Query]
    public bool? IncludeGpuStats { get; init; }

    /// <summary>Text to look for in name, description, status, location and contact.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>What to show together with each site.</summary>
    [Query]
    public IReadOnlyList<SiteRelation> IncludeRelation { get; init; } = [];

    private static readonly ListOrder _orders = ListOrder.By("name", "status", "created", "updated", "description", "location", "contact");

    public override ListOrder Orders() => _orders;
}

internal sealed class ListSitesEndpoint : ListEndpoint<ListSites, SiteResponse>
{
    public override void Configure()
    {
        Get("site");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-all-site",
            "Site",
            "List sites",
            "The sites of the org's provider and those where the org's tenant has an allocation. "
            + "A tenant that may choose machines sees the sites of every provider that has an accepted account with it.");
    }
}
