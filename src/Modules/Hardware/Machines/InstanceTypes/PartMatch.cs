using Nico.Compute.Contracts;

namespace Nico.Hardware.Machines.InstanceTypes;

/// <summary>Whether a machine is what an instance type asks for. Source: spec/31-instance-type.md, section 4.3.</summary>
internal static class PartMatch
{
    /// <summary>The first part that the machine does not have as asked for; null when it has all.</summary>
    public static RequiredPart? Missing(IEnumerable<RequiredPart> required, IReadOnlyCollection<MachineCapability> has) =>
        required.FirstOrDefault(part => !has.Any(capability => Fits(part, capability)));

    /// <summary>Cores, threads and hardware revision are not compared, nor the clock rate of processors, which no site reports.</summary>
    private static bool Fits(RequiredPart part, MachineCapability capability) =>
        part.Type == capability.Type.ToString()
        && part.Name == capability.Name
        && (part.Frequency is null || capability.Type == MachineCapabilityType.CPU || part.Frequency == capability.Frequency)
        && (part.Capacity is null || part.Capacity == capability.Capacity)
        && (part.Vendor is null || part.Vendor == capability.Vendor)
        && (part.DeviceType is null || part.DeviceType == capability.DeviceType)
        && (part.Count is null || part.Count == capability.Count)
        && (part.InactiveDevices is null || part.InactiveDevices.SequenceEqual((capability.InactiveDevices ?? []).Select(index => (long)index)));
}
