namespace Nico.Hardware.Contracts;

/// <summary>Kinds of this module's commands to sites, for commands that come after them.</summary>
public static class HardwareKinds
{
    /// <summary>Tenants at a site; their resource is the tenant's org.</summary>
    public const string Tenant = "tenant";

    /// <summary>Which instance type a machine belongs to; their resource is the machine.</summary>
    public const string MachineInstanceType = "machine/instance-type";
}
