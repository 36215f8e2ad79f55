using Nico.Compute.Contracts;
using Nico.Compute.Instances.Types;
using Nico.Compute.OperatingSystems;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.Instance;

namespace Nico.Compute.Instances.AtSite;

/// <summary>
/// An instance that only its site has becomes its tenant's, on the machine and the networks that it has there. Whatever of it Nico does not know
/// has to be adopted first, for nothing of it may be lost when it is changed later.
/// </summary>
internal sealed class InstanceAdoption(
    IOrganizations organizations,
    ISites sites,
    INetworks networks,
    IMachines machines,
    InstanceAtSite instances,
    InstanceRows rows,
    OperatingSystemRows systems,
    Quota quota,
    BootTexts texts,
    TimeProvider clock) : DriftAdoption<Reported>
{
    public override string Kind => ComputeKinds.Instance;

    public override Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => instances.SiteOf(db, id, ct);

    protected override async Task Adopt(Db db, Guid siteId, Report<Reported> report, CancellationToken ct)
    {
        var (reported, status) = (report.Item, RequireOrdinary(report.Item));
        var tenant = await organizations.RequireTenantOf(reported.Config.Tenant?.TenantOrganizationId ?? "", ct);
        await sites.RequireUseForAdoption(siteId, tenant.Id, tenant.Org, ct);
        var now = clock.Now();
        var os = reported.Config.Os ?? new();
        var systemId = await OperatingSystem(os, tenant, ct);
        var name = SiteMetadata.Name(reported.Metadata?.Name, report.Id);
        await rows.HoldName(tenant.Id, siteId, name, report.Uuid, ct);
        var type = reported.HasInstanceTypeId && reported.InstanceTypeId.Length > 0 ? await Type(reported.InstanceTypeId, siteId, ct) : null;
        var interfaces = await Interfaces(report, siteId, tenant, now, ct);
        var machine = await Machine(reported.MachineId?.Id ?? "", siteId, ct);
        await machines.Assign(machine.Id, report.Uuid, tenant.Id, ct);
        var args = new
        {
            id = report.Uuid,
            name,
            description = SiteMetadata.Description(reported.Metadata?.Description),
            tenant.Org,
            tenantId = tenant.Id,
            displayName = tenant.OrgDisplayName,
            machine.InfrastructureProviderId,
            siteId,
            instanceTypeId = type?.Id,
            typeName = type?.Name,
            interfaces[0].VpcId,
            machineId = machine.Id,
            hasInfiniBand = machine.HasInfiniBand,
            operatingSystemId = systemId,
            ipxeScript = systemId is null ? texts.Seal(os.Ipxe?.IpxeScript ?? "") : null,
            userData = texts.Seal(os.HasUserData ? os.UserData : os.Ipxe is { HasUserData: true } ipxe ? ipxe.UserData : null),
            alwaysBootWithCustomIpxe = os.RunProvisioningInstructionsOnEveryBoot,
            os.PhoneHomeEnabled,
            labels = SiteMetadata.Labels(reported.Metadata),
            tpmEkCertificate = reported.HasTpmEkCertificate ? reported.TpmEkCertificate : null,
            status = status.ToString(),
            power = (status == InstanceStatus.Ready ? PowerStatus.BootCompleted : PowerStatus.Rebooting).ToString(),
            created = now,
        };
        if (await db.Execute(Sql.Of<InstanceAdoption>("AdoptInstance"), args, ct) == 0)
        {
            throw Problem.Conflict("Something else has its id");
        }

        await rows.AddInterfaces(interfaces, ct);
        await ComputeModule.InstanceHistory.Append(db, report.Uuid, status.ToString(), IDriftAdoption.Message, now, ct);
    }

    /// <summary>409 when the instance has what Nico cannot keep, or is on its way out; where it stands otherwise.</summary>
    private static InstanceStatus RequireOrdinary(Reported instance)
    {
        var config = instance.Config ?? throw Problem.Conflict("Its site does not tell its configuration");
        var beyond = config.Infiniband is { IbInterfaces.Count: > 0 } ? "InfiniBand partitions"
            : config.Nvlink is { GpuConfigs.Count: > 0 } ? "NVLink partitions"
            : config.DpuExtensionServices is { ServiceConfigs.Count: > 0 } ? "DPU extension services"
            : config.HasNetworkSecurityGroupId && config.NetworkSecurityGroupId.Length > 0 ? "a network security group"
            : null;
        if (beyond is not null)
        {
            throw Problem.Conflict($"It has {beyond}, which Nico would lose");
        }

        if (config.Network is not { Auto: false, Interfaces.Count: > 0 and <= NetworkPlan.Most })
        {
            throw Problem.Conflict("Its site does not tell to which networks it is attached, and so not of which VPC it is");
        }

        return InstanceInventory.StatusOf(instance.Status?.Tenant)?.Status switch
        {
            InstanceStatus.Terminating => throw Problem.Conflict("Its site is releasing it"),
            { } status => status,
            null => throw Problem.Conflict("It is in a state that is not known here"),
        };
    }

    private async Task<Guid?> OperatingSystem(SiteProtocol.Forge.OperatingSystem os, TenantRef tenant, CancellationToken ct)
    {
        if (os.OsImageId is null)
        {
            return null;
        }

        return Guid.TryParse(os.OsImageId.Value, out var id) && await systems.Hold(id, tenant.Id, ct) is not null
            ? id
            : throw Problem.Conflict($"Its image {os.OsImageId.Value} is no operating system of its tenant: adopt os-image {os.OsImageId.Value} first");
    }

    private async Task<InstanceTypeOffer> Type(string reported, Guid siteId, CancellationToken ct) =>
        Guid.TryParse(reported, out var id) && await quota.FindType(id, siteId, ct) is { } type
            ? type
            : throw Problem.Conflict($"Nico does not have its instance type at the site: adopt instance-type {reported} first");

    private async Task<MachineRef> Machine(string id, Guid siteId, CancellationToken ct)
    {
        var machine = await machines.Lock(id, ct);
        return machine is null || machine.SiteId != siteId ? throw Problem.Conflict($"Its machine {id} is none of the site's")
            : machine.IsAssigned ? throw Problem.Conflict($"Its machine {id} has another instance here: delete that first")
            : machine;
    }

    /// <summary>The interfaces in the order that they have at the site, on networks that stay while the transaction lasts.</summary>
    private async Task<IReadOnlyList<InterfaceRow>> Interfaces(Report<Reported> report, Guid siteId, TenantRef tenant, DateTime now, CancellationToken ct)
    {
        var configs = report.Item.Config.Network.Interfaces;
        var wanted = configs.Select(NetworkOf).ToArray();
        var prefixes = await networks.HoldVpcPrefixes(Of(NetworkingKinds.VpcPrefix), ct);
        var subnets = await networks.HoldSubnets(Of(NetworkingKinds.Subnet), ct);
        return
        [
            .. configs.Select((config, i) =>
            {
                var place = $"config.network.interfaces[{i}]";
                var isSubnet = wanted[i].Kind == NetworkingKinds.Subnet;
                var network = (isSubnet ? subnets : prefixes).GetValueOrDefault(wanted[i].Id);
                if (network is null || network.SiteId != siteId || network.TenantId != tenant.Id)
                {
                    throw Problem.Conflict($"Its network {wanted[i].Kind} {wanted[i].Id} is none of its tenant's at the site: adopt that first");
                }

                return new InterfaceRow
                {
                    Id = Guid.CreateVersion7(),
                    InstanceId = report.Uuid,
                    Position = i,
                    // Its addresses are given already: whether there are others left is not asked.
                    Room = long.MaxValue,
                    SubnetId = isSubnet ? network.Id : null,
                    VpcPrefixId = isSubnet ? null : network.Id,
                    VpcId = network.VpcId,
                    IsPhysical = config.FunctionType == InterfaceFunctionType.PhysicalFunction,
                    Device = config.HasDevice ? config.Device : null,
                    DeviceInstance = config.HasDevice
                        ? report.Number($"{place}.device_instance", config.DeviceInstance, InstanceInventory.LargestNumber)
                        : null,
                    VirtualFunctionId = config.HasDevice && config.HasVirtualFunctionId
                        ? report.Number($"{place}.virtual_function_id", config.VirtualFunctionId, InstanceInventory.LargestNumber)
                        : null,
                    RequestedIpAddress = config.HasIpAddress ? report.Address($"{place}.ip_address", config.IpAddress) : null,
                    Status = InterfaceStatus.Pending,
                    Created = now,
                    Updated = now,
                };
            }),
        ];

        Guid[] Of(string kind) => [.. wanted.Where(on => on.Kind == kind).Select(on => on.Id).Distinct()];
    }

    private static (string Kind, Guid Id) NetworkOf(InstanceInterfaceConfig config)
    {
        var (kind, text) = config.NetworkDetailsCase == InstanceInterfaceConfig.NetworkDetailsOneofCase.VpcPrefixId
            ? (NetworkingKinds.VpcPrefix, config.VpcPrefixId.Value)
            : (NetworkingKinds.Subnet, config.SegmentId?.Value ?? config.NetworkSegmentId?.Value);
        return Guid.TryParse(text, out var id) ? (kind, id) : throw Problem.Conflict("Its site does not tell to which networks it is attached");
    }
}
