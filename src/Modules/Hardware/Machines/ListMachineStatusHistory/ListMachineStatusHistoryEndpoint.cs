using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Machines.ListMachineStatusHistory;

/// <summary>The transitions of a machine's status. Source: spec/41-machine.md, sections 7 and 14, note 5.</summary>
public sealed record ListMachineStatusHistory : ListQuery, IQuery<Page<StatusDetail>>
{
    private static readonly ListOrder _orders = ListOrder.By("status", "created", "updated").Default("CREATED_DESC").Then("id desc");

    /// <summary>Id of the machine.</summary>
    [Path]
    public string MachineId { get; init; } = "";

    public override ListOrder Orders() => _orders;
}

internal sealed class ListMachineStatusHistoryEndpoint : ListEndpoint<ListMachineStatusHistory, StatusDetail>
{
    public override void Configure()
    {
        Get("machine/{machineId}/status-history");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-machine-status-history",
            "Machine",
            "List a machine's status history",
            "Every transition of the machine's status, the newest first unless ordered otherwise; for all who see the machine.",
            404);
    }
}
