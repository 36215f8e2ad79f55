using System.Text.Json;
using Nico.Compute.Contracts;
using Nico.Hardware.Machines.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Machines.InstanceTypes;

/// <summary>
/// Orders that machines join or leave an instance type: shown at once, told to the site. Whoever gives one holds the machines' locks.
/// </summary>
internal sealed class InstanceTypeOrders(Db db, ISiteCommands commands, TimeProvider clock)
{
    /// <summary>The machines, all at one site, join the instance type; those that belonged to another leave it.</summary>
    public async Task Join(Guid instanceTypeId, IReadOnlyList<TypedMachine> machines, CancellationToken ct)
    {
        var order = new AssociationArguments
        {
            Order = Guid.CreateVersion7(),
            InstanceTypeId = instanceTypeId,
            MachineIds = [.. machines.Select(machine => machine.Id)],
            Before = machines[0].InstanceTypeId,
        };
        await Set(instanceTypeId, order.Order, machines, ct);

        // One machine has a lane of its own; several are told to the site at once, so that it takes all or none.
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = machines[0].SiteId,
                Kind = machines.Count == 1 ? MachineAtSite.InstanceType : MachineAtSite.InstanceTypes,
                ResourceId = machines.Count == 1 ? machines[0].Id : order.Order.ToString(),
                Operation = SiteOperation.Update,
                Arguments = JsonSerializer.Serialize(order, Wire.Json),
                After = [(ComputeKinds.InstanceType, instanceTypeId.ToString()), .. Earlier(machines)],
            },
            ct);
    }

    /// <summary>The machine leaves the instance type that it belongs to.</summary>
    public async Task Leave(TypedMachine machine, CancellationToken ct)
    {
        var order = new InstanceTypeArguments(machine.InstanceTypeId!.Value, Guid.CreateVersion7());
        await Set(null, order.Order, [machine], ct);
        await commands.Enqueue(
            MachineAtSite.Command(machine.SiteId, machine.Id, MachineAtSite.InstanceType, SiteOperation.Delete, order) with { After = [.. Earlier([machine])] },
            ct);
    }

    private Task<int> Set(Guid? instanceTypeId, Guid? order, IReadOnlyCollection<TypedMachine> machines, CancellationToken ct) => db.Execute(
        Sql.Of<InstanceTypeOrders>("SetInstanceType"),
        new
        {
            instanceTypeId,
            order,
            ids = machines.Select(machine => machine.Id).ToArray(),
            associationIds = machines.Select(_ => Guid.CreateVersion7()).ToArray(),
            now = clock.Now(),
        },
        ct);

    /// <summary>Orders about these machines that may still be on their way: alone or together with others.</summary>
    private static IEnumerable<(string Kind, string ResourceId)> Earlier(IEnumerable<TypedMachine> machines) => machines
        .Where(machine => machine.InstanceTypeOrder is not null)
        .SelectMany(machine => new[]
        {
            (MachineAtSite.InstanceType, machine.Id),
            (MachineAtSite.InstanceTypes, machine.InstanceTypeOrder!.Value.ToString()),
        });
}
