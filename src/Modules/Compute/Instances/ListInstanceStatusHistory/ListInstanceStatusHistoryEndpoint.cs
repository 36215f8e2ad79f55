using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInstanceStatusHistory;

/// <summary>The transitions of an instance's status. Source: spec/30-instance.md, section 9.3.</summary>
public sealed record ListInstanceStatusHistory : ListQuery, IQuery<Page<StatusDetail>>
{
    private static readonly ListOrder _orders = ListOrder.By("status", "created", "updated").Default("CREATED_DESC").Then("id desc");

    /// <summary>Id of the instance.</summary>
    [Path]
    public Guid InstanceId { get; init; }

    public override ListOrder Orders() => _orders;
}

internal sealed class ListInstanceStatusHistoryEndpoint : ListEndpoint<ListInstanceStatusHistory, StatusDetail>
{
    public override void Configure()
    {
        Get("instance/{instanceId}/status-history");
        Allow(Role.TenantAdmin);
        Describe(
            "get-instance-status-history",
            "Instance",
            "List an instance's status history",
            "Every transition of the instance's status, the newest first unless ordered otherwise.",
            404);
    }
}
