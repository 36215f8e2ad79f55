using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines;

/// <summary>A machine, and as what the caller sees it.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="View">How much of it the caller sees.</param>
/// <param name="IsOwners">True when it belongs to the provider that the caller acts for.</param>
internal sealed record SeenMachine(Machine Machine, MachineView View, bool IsOwners);

/// <summary>Who sees a machine: one rule for everything that names one in its path. Source: spec/41-machine.md, sections 5 and 14, note 4.</summary>
internal sealed class VisibleMachines(Caller caller, Db db, IOrganizations organizations)
{
    /// <summary>The machine in the best view that one of the caller's sides gives; 404 when none gives any.</summary>
    public async Task<SeenMachine> Require(string id, bool includeMetadata, CancellationToken ct)
    {
        var sides = await Sides.Of(caller, organizations, ct);
        var machine = await db.OneOrNone<Machine>(Sql.Of<GetMachine.GetMachineHandler>("GetMachine"), new { MachineId = id, includeMetadata }, ct);
        return machine is not null && await ViewOf(machine, sides, ct) is { } view
            ? new SeenMachine(machine, view, machine.InfrastructureProviderId == sides.Provider?.Id)
            : throw Problem.NotFound("Machine", id);
    }

    private async Task<MachineView?> ViewOf(Machine machine, Sides sides, CancellationToken ct) =>
        machine.InfrastructureProviderId == sides.Provider?.Id ? MachineView.Full
        : sides.PrivilegedTenant is { } tenant && await organizations.HasReadyAccount(machine.InfrastructureProviderId, tenant.Id, ct) ? MachineView.Full
        : machine.TenantId is { } user && user == sides.Tenant?.Id ? MachineView.Reduced
        : null;
}
