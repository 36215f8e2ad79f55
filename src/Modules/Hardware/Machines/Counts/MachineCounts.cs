using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.Counts;

internal sealed class MachineCounts(Db db) : IMachineCounts
{
    public async Task<IReadOnlyDictionary<MachineStatus, int>> ByStatus(Guid providerId, CancellationToken ct) =>
        (await db.Many<Counted>(Sql.Of<MachineCounts>("CountMachines"), new { providerId }, ct)).ToDictionary(count => count.Status, count => count.Machines);

    private sealed record Counted
    {
        public MachineStatus Status { get; init; }

        public int Machines { get; init; }
    }
}
