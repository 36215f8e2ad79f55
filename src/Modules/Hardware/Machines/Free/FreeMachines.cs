using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.Free;

internal sealed class FreeMachines(Db db, TimeProvider clock) : IFreeMachines
{
    /// <summary>How many free machines are drawn, twice, to find a domain, and how many domains are tried.</summary>
    private const int Drawn = 32, Tried = 5;

    private static readonly string _machines = Sql.Of<FreeMachines>("FreeMachines");
    private static readonly string _machinesOfDomain = Sql.Of<FreeMachines>("FreeMachinesOfDomain");

    public async Task<IReadOnlyList<FreeMachine>> Lock(Guid siteId, Guid instanceTypeId, int count, CancellationToken ct)
    {
        var drawn = Random.Shared.NextDouble();
        if (await All(
            count,
            async () =>
            {
                var found = await From(drawn, 1.0, count, " for no key update skip locked");
                return found.Count == count ? found : [.. found, .. await From(0.0, drawn, count - found.Count, " for no key update skip locked")];
            },
            ct) is { } free)
        {
            return free;
        }

        // A machine can be locked by a report that is being applied, or by an order that fails yet: whoever would go away without it waits for it,
        // again as long as there were enough and then others took of them.
        while (await From(0.0, 1.0, count + Drawn, "") is var all && all.Count >= count)
        {
            var args = new { siteId, instanceTypeId, from = 0.0, below = 1.0, ids = all.Select(machine => machine.Id).ToArray(), most = count };
            if (await All(count, () => db.Many<FreeMachine>(_machines + "  and id = any(@ids) order by id limit @most for no key update", args, ct), ct) is { } waited)
            {
                return waited;
            }
        }

        return [];

        Task<List<FreeMachine>> From(double from, double below, int most, string locked) =>
            db.Many<FreeMachine>(_machines + "order by draw limit @most" + locked, new { siteId, instanceTypeId, from, below, most }, ct);
    }

    public async Task<IReadOnlyList<FreeMachine>> LockOfOneDomain(Guid siteId, Guid instanceTypeId, int count, CancellationToken ct)
    {
        // Among many machines a few are looked at, and domains that others are just taking are left to them.
        var drawn = new { siteId, instanceTypeId, count, from = Random.Shared.NextDouble(), drawn = Drawn, tried = Tried };
        if (await FirstWithAll(await db.Many<string>(Sql.Of<FreeMachines>("DrawnDomains"), drawn, ct), " skip locked") is { } free)
        {
            return free;
        }

        // Before going away with none, all are looked at, and waited for: again, as long as some domain had enough and then others took of it.
        while (await db.Many<string>(Sql.Of<FreeMachines>("Domains"), new { siteId, instanceTypeId, count, tried = Tried }, ct) is { Count: > 0 } all)
        {
            if (await FirstWithAll(all, "") is { } waited)
            {
                return waited;
            }
        }

        return [];

        async Task<List<FreeMachine>?> FirstWithAll(List<string> domains, string wait)
        {
            foreach (var domain in domains)
            {
                var args = new { siteId, instanceTypeId, domain, most = count };
                if (await All(count, () => db.Many<FreeMachine>(_machinesOfDomain + wait, args, ct), ct) is { } found)
                {
                    return found;
                }
            }

            return null;
        }
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
        await HardwareModule.MachineHistory.AppendAll(
            db, [.. assignments.Select(each => new StatusChange(each.MachineId, nameof(MachineStatus.InUse), MachineMessages.InUse))], now, ct);
    }

    /// <summary>As many machines as are wanted, locked; null and none locked when there are fewer, so that nobody waits for one while holding another.</summary>
    private async Task<List<FreeMachine>?> All(int count, Func<Task<List<FreeMachine>>> locked, CancellationToken ct)
    {
        List<FreeMachine> found = [];
        return await db.Keeps(async () => (found = await locked()).Count == count, ct) ? found : null;
    }
}
