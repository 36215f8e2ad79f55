using Nico.Compute.InstanceTypes;
using Nico.Hardware.Contracts;

namespace Nico.Compute.Instances.Types;

/// <summary>The devices that interfaces may name. Source: spec/30-instance.md, section 3.11.</summary>
internal sealed class Devices(InstanceTypeRows types, IMachines machines)
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
        MachineNetworkCapability[] dpus =
        [
            .. ((await types.Find(typeId, ct))?.Capabilities ?? [])
                .Where(part => part is { Type: InstanceTypeCapabilityType.Network, DeviceType: "DPU", Count: not null })
                .Select(part => new MachineNetworkCapability(part.Name, part.DeviceType, (int)Math.Min(part.Count!.Value, int.MaxValue), [])),
        ];
        if (dpus.Length == 0)
        {
            return false;
        }

        NetworkPlan.RequireDevices(interfaces, $"instance type {typeId}", dpus);
        return true;
    }
}
