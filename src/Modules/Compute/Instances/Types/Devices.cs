using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Types;

/// <summary>The devices that interfaces may name. Source: spec/30-instance.md, section 3.11.</summary>
internal sealed class Devices(Db db, IMachines machines)
{
    /// <summary>400 unless the DPUs that interfaces name are those of the instance type, or of the machine where the type says nothing of DPUs.</summary>
    public async Task Require(IReadOnlyList<InterfaceRow> interfaces, Guid? typeId, string machineId, CancellationToken ct)
    {
        if (!Named(interfaces) || (typeId is { } type && await RequireOfType(interfaces, type, ct)))
        {
            return;
        }

        NetworkPlan.RequireDevices(interfaces, $"machine {machineId}", (await machines.Find(machineId, ct))?.Networks ?? []);
    }

    /// <summary>400 unless the DPUs that interfaces name are those of the instance type.</summary>
    public async Task RequireOfTypeAlone(IReadOnlyList<InterfaceRow> interfaces, Guid typeId, CancellationToken ct)
    {
        if (Named(interfaces) && !await RequireOfType(interfaces, typeId, ct))
        {
            NetworkPlan.RequireDevices(interfaces, $"instance type {typeId}", []);
        }
    }

    private static bool Named(IReadOnlyList<InterfaceRow> interfaces) => interfaces.Any(row => row.Device is not null);

    /// <summary>False when the type says nothing of DPUs.</summary>
    private async Task<bool> RequireOfType(IReadOnlyList<InterfaceRow> interfaces, Guid typeId, CancellationToken ct)
    {
        var dpus = (await db.Many<(string Name, int Count)>(Sql.Of<Devices>("DpusOfType"), new { typeId }, ct))
            .Select(dpu => new MachineNetworkCapability(dpu.Name, "DPU", dpu.Count, [])).ToArray();
        if (dpus.Length == 0)
        {
            return false;
        }

        NetworkPlan.RequireDevices(interfaces, $"instance type {typeId}", dpus);
        return true;
    }
}
