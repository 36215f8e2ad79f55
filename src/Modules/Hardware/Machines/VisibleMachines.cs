using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines;

/// <summary>A machine, and as what the caller sees it.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="View">How much of it the caller sees.</param>
/// <param name="Sides">As what the caller acts.</param>
internal sealed record SeenMachine(Machine Machine, MachineView View, Sides Sides)
{
    /// <summary>True when it belongs to the provider that the caller acts for.</summary>
    public bool IsOwners => Machine.InfrastructureProviderId == Sides.Provider?.Id;
}

/// <summary>Who sees a machine: one rule for everything that names one in its path. Source: spec/41-machine.md, sections 5 and 14, note 4.</summary>
internal sealed class VisibleMachines(ActingAs acting, Db db)
{
    /// <summary>The machine in the best view that one of the caller's sides gives; 404 when none gives any.</summary>
    public Task<SeenMachine> Require(string id, CancellationToken ct) => Require(Sql.Of<VisibleMachines>("VisibleMachine"), id, false, ct);

    /// <summary>The same with its parts and its newest history, as it is answered.</summary>
    public Task<SeenMachine> RequireWhole(string id, bool includeMetadata, CancellationToken ct) =>
        Require(Sql.Of<VisibleMachines>("WholeMachine"), id, includeMetadata, ct);

    /// <summary>True for a tenant that may choose machines at the machine's site.</summary>
    public static bool IsPrivileged(Machine machine, Sides sides) => sides.Privileged.Has(machine.InfrastructureProviderId, machine.SiteId);

    private async Task<SeenMachine> Require(string sql, string id, bool includeMetadata, CancellationToken ct)
    {
        var sides = await acting.Sides(ct);
        var machine = await db.OneOrNone<Machine>(sql, new { MachineId = id, includeMetadata, entries = StatusHistory.Shown }, ct);
        return machine is not null && ViewOf(machine, sides) is { } view
            ? new SeenMachine(machine, view, sides)
            : throw Problem.NotFound("Machine", id);
    }

    private static MachineView? ViewOf(Machine machine, Sides sides) =>
        machine.InfrastructureProviderId == sides.Provider?.Id ? MachineView.Full
        : IsPrivileged(machine, sides) ? MachineView.Full
        : machine.TenantId is { } user && user == sides.Tenant?.Id ? MachineView.Reduced
        : null;
}
