using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.Free;

internal sealed class FreeMachines(Db db, TimeProvider clock) : IFreeMachines
{
    private static readonly string _fromDrawn = Sql.Of<FreeMachines>("FreeMachines");

    public async Task<IReadOnlyList<FreeMachine>> Lock(Guid siteId, Guid instanceTypeId, int count, CancellationToken ct)
    {
        var drawn = Random.Shared.NextDouble();
        List<FreeMachine> found = [];
        foreach (var (from, below) in new[] { (drawn, 1.0), (0.0, drawn) })
        {
            if (found.Count < count)
            {
                found.AddRange(await db.Many<FreeMachine>(
                    _fromDrawn + "for no key update skip locked", new { siteId, instanceTypeId, from, below, most = count - found.Count }, ct));
            }
        }

        // A machine can be locked by a report that is being applied: whoever would go away without it waits for it instead.
        return found.Count == count
            ? found
            : await db.Many<FreeMachine>(_fromDrawn + "for no key update", new { siteId, instanceTypeId, from = 0.0, below = 1.0, most = count }, ct);
    }

    public async Task<IReadOnlyList<FreeMachine>> LockOfOneDomain(Guid siteId, Guid instanceTypeId, int count, CancellationToken ct)
    {
        // One after the other, or two would take halves of the same domain.
        await db.Execute("select pg_advisory_xact_lock(hashtextextended('hardware.domains ' || @instanceTypeId::text, 0))", new { instanceTypeId }, ct);
        foreach (var domain in await db.Many<string>(Sql.Of<FreeMachines>("Domains"), new { siteId, instanceTypeId, count }, ct))
        {
            var found = await db.Many<FreeMachine>(
                Sql.Of<FreeMachines>("FreeMachinesOfDomain"), new { siteId, instanceTypeId, domain, most = count }, ct);
            if (found.Count == count)
            {
                return found;
            }
        }

        return [];
    }

    public async Task Assign(IReadOnlyCollection<MachineAssignment> assignments, Guid tenantId, CancellationToken ct)
    {
        var now = clock.Now();
        await db.Execute(
            Sql.Of<FreeMachines>("AssignAll"),
            new
            {
                ids = assignments.Select(assignment => assignment.MachineId).ToArray(),
                instanceIds = assignments.Select(assignment => assignment.InstanceId).ToArray(),
                tenantId,
                now,
                message = MachineMessages.InUse,
            },
            ct);
        await HardwareModule.History.AppendAll(
            db, [.. assignments.Select(each => new StatusChange(each.MachineId, nameof(MachineStatus.InUse), MachineMessages.InUse))], now, ct);
    }
}
