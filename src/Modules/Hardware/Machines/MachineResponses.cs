using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Machines;

/// <summary>How much of a machine a caller sees. Source: spec/41-machine.md, section 2.3.</summary>
internal enum MachineView
{
    /// <summary>Everything: for its provider, and for a privileged tenant that has an accepted account with it.</summary>
    Full,

    /// <summary>What a tenant sees of a machine that it merely uses: no serial number, health, details or DPUs.</summary>
    Reduced,
}

/// <summary>
/// Rows as answers, with what belongs to them: a fixed number of statements whatever the number of rows. Instances are asked
/// for only when a machine carries one.
/// </summary>
internal sealed class MachineResponses(IOrganizations organizations, ISites sites, IInstances instances, IInstanceTypes types)
{
    /// <summary>The answers for <paramref name="machines"/>, in their order.</summary>
    public async Task<IReadOnlyList<MachineResponse>> Of(
        IReadOnlyList<Machine> machines, IReadOnlyList<MachineRelation> relations, MachineView view, CancellationToken ct)
    {
        var tenants = await organizations.Tenants(machines.Ids(machine => machine.TenantId), ct);
        var carried = await instances.Summaries(machines.Ids(machine => machine.InstanceId), ct);
        var providers = relations.Has(MachineRelation.InfrastructureProvider)
            ? await organizations.Providers(machines.Ids(machine => machine.InfrastructureProviderId), ct)
            : null;
        var places = relations.Has(MachineRelation.Site) ? await sites.Summaries(machines.Ids(machine => machine.SiteId), ct) : null;
        var kinds = relations.Has(MachineRelation.InstanceType) ? await types.Summaries(machines.Ids(machine => machine.InstanceTypeId), ct) : null;
        return [.. machines.Select(machine => new MachineResponse
        {
            Id = machine.Id,
            InfrastructureProviderId = machine.InfrastructureProviderId,
            InfrastructureProvider = providers?.GetValueOrDefault(machine.InfrastructureProviderId),
            SiteId = machine.SiteId,
            Site = places?.GetValueOrDefault(machine.SiteId),
            InstanceTypeId = machine.InstanceTypeId,
            InstanceType = machine.InstanceTypeId is { } typeId ? kinds?.GetValueOrDefault(typeId) : null,
            InstanceId = machine.InstanceId,
            Instance = machine.InstanceId is { } instanceId ? carried.GetValueOrDefault(instanceId) : null,
            TenantId = machine.TenantId,
            Tenant = machine.TenantId is { } tenantId ? tenants.GetValueOrDefault(tenantId) : null,
            ControllerMachineId = machine.Id,
            ControllerMachineType = machine.ControllerMachineType,
            HwSkuDeviceType = machine.HwSkuDeviceType,
            Vendor = machine.Vendor,
            ProductName = machine.ProductName,
            SerialNumber = view == MachineView.Full ? machine.SerialNumber : null,
            MachineCapabilities = machine.Capabilities,
            MachineInterfaces = [.. machine.Interfaces.Select(part => view == MachineView.Full ? part : part with { AttachedDpuMachineID = null })],
            AssociatedDpuMachineIds = view == MachineView.Full ? machine.DpuMachineIds : [],
            MaintenanceMessage = machine.MaintenanceMessage,
            Health = view == MachineView.Full && machine.Health is { } health ? health with { ObservedAt = machine.HealthObserved } : null,
            Metadata = view == MachineView.Full ? machine.Metadata : null,
            Labels = machine.Labels,
            Status = machine.Status,
            IsUsableByTenant = machine.IsUsableByTenant,
            StatusHistory = machine.History,
            Created = machine.Created,
            Updated = machine.Updated,
        })];
    }
}
