using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines;

/// <summary>Rows of machines that several operations need.</summary>
internal static class MachineRows
{
    /// <summary>The machine under a row lock until the transaction ends; null when there is none.</summary>
    public static Task<LockedMachine?> Lock(Db db, string id, CancellationToken ct) =>
        db.OneOrNone<LockedMachine>(Sql.Of<Machine>("LockMachine"), new { id }, ct);

    /// <summary>What the machines are built of.</summary>
    public static Task<List<MachineCapability>> Capabilities(Db db, IReadOnlyCollection<string> ids, CancellationToken ct) =>
        db.Many<MachineCapability>(Sql.Of<Machine>("Capabilities"), new { ids }, ct);
}
