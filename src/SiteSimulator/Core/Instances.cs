using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Hardware;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;
using OperatingSystem = Nico.SiteProtocol.Forge.OperatingSystem;

namespace Nico.SiteSimulator.Core;

/// <summary>Machines in the hands of tenants.</summary>
internal sealed class Instances(Controller site)
{
    private const int NetworkSync = 15;

    private readonly Ports _ports = new(site);

    public void Load()
    {
        foreach (var record in site.State.Instances.Values.ToList())
        {
            MarkAll(record, used: true);
            Enqueue(record);
            foreach (var held in (ReadOnlySpan<string>)[record.HeldBy, record.NetworkHeldBy])
            {
                if (held.Length > 0 && !site.Faults.IsActive(held))
                {
                    LetGo(held, site.Now);
                }
            }
        }
    }

    public Instance Allocate(InstanceAllocationRequest request) => Show(Begin(Planned(request)));

    /// <summary>All or none.</summary>
    public BatchInstanceAllocationResponse AllocateAll(BatchInstanceAllocationRequest request)
    {
        var planned = new List<InstanceRecord>();
        try
        {
            foreach (var order in request.InstanceRequests)
            {
                var record = Planned(order);
                if (planned.Any(other => other.Id == record.Id || other.Machine == record.Machine))
                {
                    _ports.Mark(record.Config.Network, record.Ports, used: false);
                    throw Refuse.Invalid($"instance {record.Id} or machine {record.Machine} is named twice");
                }

                planned.Add(record);
            }
        }
        catch
        {
            planned.ForEach(record => _ports.Mark(record.Config.Network, record.Ports, used: false));
            throw;
        }

        return new() { Instances = { planned.Select(record => Show(Begin(record))) } };
    }

    public Instance UpdateConfig(InstanceConfigUpdateRequest request)
    {
        var record = Known(request.InstanceId);
        if (record.Journey == Journeys.Release)
        {
            throw Refuse.Invalid($"instance {record.Id} is being released");
        }

        var host = site.World.Find(record.Machine) ?? throw Refuse.NotFound("machine", record.Machine);
        var metadata = request.Metadata is null ? record.Metadata : Checks.Metadata(request.Metadata);
        var config = CheckedConfig(request.Config, host);
        if (config.Tenant.TenantOrganizationId != record.Config.Tenant.TenantOrganizationId)
        {
            throw Refuse.Invalid("the tenant of an instance cannot be changed");
        }

        if (request.HasIfVersionMatch && request.IfVersionMatch != Moment.Text(record.ConfigVersion))
        {
            throw Refuse.VersionMismatch("instance", record.Id, request.IfVersionMatch);
        }

        if (!config.Network.Equals(record.Config.Network))
        {
            ChangeNetwork(record, config, host);
        }

        record.Metadata = metadata;
        record.Config = config;
        record.ConfigVersion = Moment.After(record.ConfigVersion, site.Now);
        site.State.Instances.Put(record);
        return Show(record);
    }

    public InstanceReleaseResult Release(InstanceReleaseRequest request)
    {
        var record = Known(request.Id);
        if (request.Issue is { } issue)
        {
            site.Machines.ReportIssue(record.Machine, issue);
        }
        else if (request.IsRepairTenant)
        {
            site.Machines.Repaired(record.Machine);
        }

        if (record.Journey != Journeys.Release)
        {
            Enter(record, Journeys.Release, 0, site.Now);
        }

        return new();
    }

    public InstancePowerResult Power(InstancePowerRequest request)
    {
        InstanceRecord record;
        if (request.InstanceId is { Value.Length: > 0 } id)
        {
            record = Known(id);
            if (request.MachineId is { Id.Length: > 0 } machine && machine.Id != record.Machine)
            {
                throw Refuse.Invalid($"instance {record.Id} is not on machine {machine.Id}");
            }
        }
        else
        {
            if (request.MachineId is not { Id.Length: > 0 } machine)
            {
                throw Refuse.Invalid("machine_id or instance_id is required");
            }

            var host = site.Machines.Find(machine.Id) ?? throw Refuse.NotFound("machine", machine.Id);
            record = Find(site.Machines.Record(host.Id).Instance) ?? throw Refuse.Invalid($"machine {host.Id} has no instance");
        }

        if (request.Operation != InstancePowerRequest.Types.Operation.PowerReset)
        {
            throw Refuse.Invalid($"operation {(int)request.Operation} is unknown");
        }

        if (record.Journey == Journeys.Update)
        {
            throw Refuse.Internal($"the DPU of machine {record.Machine} is being updated");
        }

        site.Machines.RebootRequested(record.Machine, "Reboot");
        if (record.Journey.Length > 0 || record.Failure.Length > 0)
        {
            return new();
        }

        if (request.ApplyUpdatesOnReboot && record.Update is { } update)
        {
            update.UserApprovalReceived = true;
            update.UpdateTriggeredAt = Moment.Wire(site.Now);
            Enter(record, Journeys.Update, 0, site.Now);
        }
        else if (request.BootWithCustomIpxe || record.Config.Os.RunProvisioningInstructionsOnEveryBoot)
        {
            Enter(record, Journeys.RebootWithIpxe, 0, site.Now);
        }

        return new();
    }

    public InstanceIdList FindIds(InstanceSearchFilter filter) => new()
    {
        InstanceIds =
        {
            site.Faults.TwistList("instance", site.Listed(site.State.Instances.Values
                .Where(instance => !site.Faults.Hides("instance", instance.Id)
                    && (filter.Label is null || Checks.HasLabel(instance.Metadata, filter.Label))
                    && (!filter.HasTenantOrgId || instance.Config.Tenant.TenantOrganizationId == filter.TenantOrgId)
                    && (!filter.HasVpcId || _ports.Vpcs(instance.Config.Network).Contains(filter.VpcId))
                    && (!filter.HasInstanceTypeId || (instance.HasInstanceType && instance.InstanceType == filter.InstanceTypeId)))
                .Select(instance => instance.Id))).Select(id => new InstanceId { Value = id }),
        },
    };

    public InstanceList FindByIds(InstancesByIdsRequest request)
    {
        var leftOut = site.Faults.LeftOut("instance");
        return new()
        {
            Instances =
            {
                Checks.Uuids(request.InstanceIds.Select(id => id.Value), site.Options.MaxFindByIds, "instance_ids").Distinct()
                    .Select(Find).OfType<InstanceRecord>().Where(instance => !leftOut(instance.Id)).Select(Show),
            },
        };
    }

    public InstanceRecord? Find(string id) => site.Faults.Hides("instance", id) ? null : site.State.Instances.Find(id);

    public IEnumerable<InstanceRecord> InVpc(string vpcId) =>
        site.State.Instances.Values.Where(instance => _ports.Vpcs(instance.Config.Network).Contains(vpcId));

    /// <summary>What the state of the instance's machine reads.</summary>
    public string MachineText(string id)
    {
        if (site.State.Instances.Find(id) is not { } record)
        {
            return "Assigned/Ready";
        }

        if (record.Failure.Length > 0 && record.Journey != Journeys.Release)
        {
            return $"Assigned/Failed {{ details: FailureDetails {{ cause: {record.Failure} }} }}";
        }

        return record.Journey.Length > 0 ? Journeys.Steps(record.Journey)[record.Step].Text : "Assigned/Ready";
    }

    public void Advance(string id, long due)
    {
        if (site.State.Instances.Find(id) is not { } record)
        {
            return;
        }

        if (record.NetworkDue == due)
        {
            NetworkTaken(record);
        }

        if (record.Due != due || record.Journey.Length == 0)
        {
            return;
        }

        switch (Journeys.Steps(record.Journey)[record.Step].Phase)
        {
            case "LinkNets" when _ports.Unready(record.Config.Network) is { } segment:
                record.Due = Math.Max(segment.Due, due + 1);
                site.State.Instances.Put(record);
                Enqueue(record);
                return;
            case "NetworkConfig":
                NetworkTaken(record);
                break;
        }

        Enter(record, record.Journey, record.Step + 1, due);
    }

    /// <summary>What the fault held goes on.</summary>
    public void LetGo(string fault, long moment)
    {
        foreach (var record in site.State.Instances.Values.Where(instance => instance.HeldBy == fault || instance.NetworkHeldBy == fault).ToList())
        {
            if (record.HeldBy == fault)
            {
                record.HeldBy = "";
                record.Due = Math.Max(moment, record.Since + Lasts(record).Ticks);
            }

            if (record.NetworkHeldBy == fault)
            {
                record.NetworkHeldBy = "";
                record.NetworkDue = moment;
            }

            site.State.Instances.Put(record);
            Enqueue(record);
        }
    }

    /// <summary>An update of the DPU's software waits for the tenant's consent.</summary>
    public void OfferUpdate(string id)
    {
        var record = Known(new InstanceId { Value = id });
        record.Update = new InstanceUpdateStatus { Initiator = "host-update", TriggerReceivedAt = Moment.Wire(site.Now) };
        site.State.Instances.Put(record);
    }

    public void Touch(InstanceRecord record)
    {
        record.ConfigVersion = Moment.After(record.ConfigVersion, site.Now);
        site.State.Instances.Put(record);
    }

    public static TenantState TenantState(InstanceRecord record) => record switch
    {
        { Journey: Journeys.Release } => SiteProtocol.Forge.TenantState.Terminating,
        { Failure.Length: > 0 } => SiteProtocol.Forge.TenantState.Failed,
        { Journey: Journeys.Provision } => SiteProtocol.Forge.TenantState.Provisioning,
        { Journey: Journeys.Update } => SiteProtocol.Forge.TenantState.Updating,
        { Journey: Journeys.RebootWithIpxe } or { NetworkPending: true } => SiteProtocol.Forge.TenantState.Configuring,
        _ => SiteProtocol.Forge.TenantState.Ready,
    };

    public Instance Show(InstanceRecord record)
    {
        var network = new InstanceNetworkStatus { ConfigsSynced = record.NetworkPending ? SyncState.Pending : SyncState.Synced };
        var host = site.World.Find(record.Machine);
        var thin = site.Faults.ThinsStatus(record.Id);
        if (record.Config.Network.Auto)
        {
            for (var port = 0; host is not null && port < 1; port++)
            {
                network.Interfaces.Add(new InstanceInterfaceStatus
                {
                    MacAddress = site.World.EthernetMac(host, port),
                    Addresses = { World.AdminAddress(host, port).ToString() },
                });
            }
        }
        else if (!thin)
        {
            network.Interfaces.AddRange(record.Config.Network.Interfaces.Select((wanted, i) => record.NetworkPending
                ? new InstanceInterfaceStatus()
                : ShowPort(wanted, record.Ports[i])));
        }

        var instance = new Instance
        {
            Id = new() { Value = record.Id },
            MachineId = new() { Id = record.Machine },
            Metadata = record.Metadata.Clone(),
            Config = record.Config.Clone(),
            ConfigVersion = Moment.Text(record.ConfigVersion),
            NetworkConfigVersion = Moment.Text(record.NetworkVersion),
            IbConfigVersion = Moment.Text(new Revision { Number = 1, At = record.Created }),
            NvlinkConfigVersion = Moment.Text(new Revision { Number = 1, At = record.Created }),
            DpuExtensionServiceVersion = Moment.Text(new Revision { Number = 1, At = record.Created }),
            Status = new()
            {
                Tenant = new() { State = TenantState(record), StateDetails = record.Failure },
                Network = network,
                ConfigsSynced = network.ConfigsSynced,
                Update = record.Update?.Clone(),
            },
        };
        if (!thin)
        {
            instance.Status.Infiniband = new();
            instance.Status.DpuExtensionServices = new();
            instance.Status.Nvlink = new();
        }

        if (record.HasInstanceType)
        {
            instance.InstanceTypeId = record.InstanceType;
        }

        if (host is { Profile.IdFromTpm: true })
        {
            instance.TpmEkCertificate = Convert.ToBase64String(site.World.EndorsementKey(host));
        }

        return instance;
    }

    /// <summary>Takes an instance away at once, as if it had never been.</summary>
    public void Vanish(InstanceRecord record)
    {
        MarkAll(record, used: false);
        site.State.Instances.Remove(record.Id);
        site.Machines.Vacate(record.Machine);
    }

    private static InstanceInterfaceStatus ShowPort(InstanceInterfaceConfig wanted, PortRecord port)
    {
        var shown = new InstanceInterfaceStatus
        {
            MacAddress = port.Mac,
            Addresses = { port.Addresses },
            Gateways = { port.Gateways },
            Prefixes = { port.Prefixes },
            DeviceInstance = wanted.DeviceInstance,
        };
        if (wanted.HasDevice)
        {
            shown.Device = wanted.Device;
        }

        if (port.HasVirtualFunction)
        {
            shown.VirtualFunctionId = port.VirtualFunction;
        }

        return shown;
    }

    /// <summary>The instance that an order asks for, with its addresses taken.</summary>
    private InstanceRecord Planned(InstanceAllocationRequest request)
    {
        var id = Checks.IdOrNew(request.InstanceId?.Value, "instance_id");
        var host = site.Machines.ForAllocation(
            request.MachineId, request.AllowUnhealthyMachine, request.HasInstanceTypeId ? request.InstanceTypeId : null);
        var metadata = Checks.Metadata(request.Metadata ?? new Metadata { Name = id });
        var config = CheckedConfig(request.Config, host);
        if (site.State.Instances.Find(id) is not null)
        {
            throw Refuse.Duplicate("instances_pkey");
        }

        var ports = _ports.Plan(config.Network, host, config.Tenant.TenantOrganizationId);
        var record = new InstanceRecord
        {
            Id = id,
            Machine = host.Id,
            Metadata = metadata,
            Config = config,
            ConfigVersion = Moment.First(site.Now),
            NetworkVersion = Moment.First(site.Now),
            Created = site.Now,
            Ports = { ports },
            NetworkPending = !config.Network.Auto,
        };
        if (request.HasInstanceTypeId)
        {
            record.InstanceType = request.InstanceTypeId;
        }

        _ports.Mark(config.Network, ports, used: true);
        return record;
    }

    private InstanceRecord Begin(InstanceRecord record)
    {
        site.Machines.Occupy(record.Machine, record.Id);
        Enter(record, Journeys.Provision, 0, site.Now);
        return record;
    }

    private InstanceRecord Known(InstanceId? id)
    {
        var uuid = Checks.Uuid(id?.Value, "instance_id");
        return Find(uuid) ?? throw Refuse.NotFound("instance", uuid);
    }

    private InstanceConfig CheckedConfig(InstanceConfig? wanted, Host host)
    {
        var config = wanted?.Clone() ?? throw Refuse.Invalid("config is required");
        if (config.Tenant is null)
        {
            throw Refuse.Invalid("config.tenant is required");
        }

        Checks.Organization(config.Tenant.TenantOrganizationId);
        CheckOs(config.Os, config.Tenant.TenantOrganizationId);
        config.Network = Ports.Normal(config.Network);
        if (config.HasNetworkSecurityGroupId)
        {
            throw Refuse.Precondition($"network security group {config.NetworkSecurityGroupId} does not exist or is not owned by the tenant");
        }

        if (config.DpuExtensionServices?.ServiceConfigs.FirstOrDefault() is { } service)
        {
            throw Refuse.Precondition($"DPU extension service {service.ServiceId} version {service.Version} does not exist");
        }

        CheckInfiniband(config.Infiniband, host);
        foreach (var gpu in config.Nvlink?.GpuConfigs ?? [])
        {
            throw gpu.DeviceInstance >= (host.Profile.NvlinkRack ? host.Profile.Gpu!.Count : 0)
                ? Refuse.Invalid($"machine {host.Id} has no NVLink GPU {gpu.DeviceInstance}")
                : Refuse.Precondition($"NVLink logical partition {gpu.LogicalPartitionId?.Value} does not exist");
        }

        return config;
    }

    private void CheckOs(OperatingSystem? os, string tenant)
    {
        switch (os?.VariantCase)
        {
            case OperatingSystem.VariantOneofCase.Ipxe when os.Ipxe.IpxeScript.Length == 0:
                throw Refuse.Invalid("config.os.ipxe.ipxe_script is empty");
            case OperatingSystem.VariantOneofCase.Ipxe:
                return;
            case OperatingSystem.VariantOneofCase.OsImageId:
                site.Images.CheckFor(tenant, os.OsImageId.Value);
                return;
            default:
                throw Refuse.Invalid("config.os with a variant is required");
        }
    }

    // This controller has no InfiniBand partitions, so after the device the partition is what is missing.
    private static void CheckInfiniband(InstanceInfinibandConfig? infiniband, Host host)
    {
        foreach (var port in infiniband?.IbInterfaces ?? [])
        {
            if (port.FunctionType != InterfaceFunctionType.PhysicalFunction)
            {
                throw Refuse.Invalid("InfiniBand virtual functions are not supported");
            }

            throw port.Device != "MT2910 Family [ConnectX-7]" || port.DeviceInstance >= host.Profile.InfinibandPorts
                ? Refuse.Invalid($"machine {host.Id} has no InfiniBand device {port.Device} with instance {port.DeviceInstance}")
                : Refuse.Precondition($"InfiniBand partition {port.IbPartitionId?.Value} does not exist");
        }
    }

    private void ChangeNetwork(InstanceRecord record, InstanceConfig config, Host host)
    {
        if (record.Journey.Length > 0 || record.Failure.Length > 0)
        {
            throw Refuse.Invalid($"the network of instance {record.Id} can be changed only while its machine is in Assigned/Ready");
        }

        if (record.NetworkPending)
        {
            throw Refuse.Invalid($"a network update of instance {record.Id} is in progress");
        }

        var ports = _ports.Plan(config.Network, host, config.Tenant.TenantOrganizationId, (record.Config.Network, record.Ports));
        _ports.Mark(config.Network, ports, used: true);
        record.NetworkBefore = record.Config.Network;
        record.PortsBefore.AddRange(record.Ports);
        record.Ports.Clear();
        record.Ports.AddRange(ports);
        record.NetworkVersion = Moment.After(record.NetworkVersion, site.Now);
        record.NetworkPending = true;
        if (site.Faults.TakeForInstance(FaultKind.NeverSynced, record.Id, record.Machine, null) is { } fault)
        {
            record.NetworkHeldBy = fault.Id;
            return;
        }

        record.NetworkDue = site.Now + site.Pace.Draw($"{record.Id} network {record.NetworkVersion.Number}", NetworkSync, 5, 60).Ticks;
        Enqueue(record);
    }

    // The DPU runs the configuration; what only the one before used is free.
    private void NetworkTaken(InstanceRecord record)
    {
        record.NetworkPending = false;
        record.NetworkDue = 0;
        FreeBefore(record);
        site.State.Instances.Put(record);
    }

    private void FreeBefore(InstanceRecord record)
    {
        if (record.NetworkBefore is { } before)
        {
            _ports.Mark(before, record.PortsBefore, used: false);
            _ports.Mark(record.Config.Network, record.Ports, used: true);
            record.NetworkBefore = null;
            record.PortsBefore.Clear();
        }
    }

    private void MarkAll(InstanceRecord record, bool used)
    {
        if (record.NetworkBefore is { } before)
        {
            _ports.Mark(before, record.PortsBefore, used);
        }

        _ports.Mark(record.Config.Network, record.Ports, used);
    }

    private void Enter(InstanceRecord record, string journey, int step, long moment)
    {
        var steps = Journeys.Steps(journey);
        while (step < steps.Count && Skipped(record, steps[step].Phase))
        {
            step++;
        }

        if (step == steps.Count)
        {
            Arrive(record, journey, moment);
            return;
        }

        (record.Journey, record.Step, record.Since, record.Due, record.HeldBy) = (journey, step, moment, 0, "");
        var phase = steps[step].Phase;
        if (record.Failure.Length > 0 && journey == Journeys.Release)
        {
            record.Failure = "";
        }

        if (site.Faults.TakeForInstance(FaultKind.InstanceFails, record.Id, record.Machine, phase) is { } failing)
        {
            record.Failure = failing.Message ?? $"{phase} failed on purpose";
        }
        else if ((site.Faults.TakeForInstance(FaultKind.InstanceStuck, record.Id, record.Machine, phase)
            ?? (phase == "NetworkConfig" ? site.Faults.TakeForInstance(FaultKind.NeverSynced, record.Id, record.Machine, null) : null)) is { } holding)
        {
            record.HeldBy = holding.Id;
        }
        else
        {
            record.Due = moment + Lasts(record).Ticks;
        }

        site.State.Instances.Put(record);
        site.Machines.StateChanged(record.Machine);
        Enqueue(record);
    }

    private void Arrive(InstanceRecord record, string journey, long moment)
    {
        if (journey == Journeys.Release)
        {
            Vanish(record);
            return;
        }

        if (journey == Journeys.Update)
        {
            record.Update = null;
        }

        (record.Journey, record.Step, record.Since, record.Due) = ("", 0, moment, 0);
        site.State.Instances.Put(record);
        site.Machines.StateChanged(record.Machine);
    }

    private bool Skipped(InstanceRecord record, string phase) => phase switch
    {
        "LinkNets" => !_ports.WaitsForNetwork(record.Config.Network),
        "PhoneHome" => !record.Config.Os.PhoneHomeEnabled,
        _ => false,
    };

    private TimeSpan Lasts(InstanceRecord record)
    {
        var step = Journeys.Steps(record.Journey)[record.Step];
        return site.Pace.Draw($"{record.Id} {record.Journey} {record.Step}", step.Seconds, step.Low, step.High);
    }

    private void Enqueue(InstanceRecord record)
    {
        foreach (var due in (ReadOnlySpan<long>)[record.Due, record.NetworkDue])
        {
            if (due != 0)
            {
                site.Due.Add(Kind.Instance, record.Id, due);
            }
        }
    }
}
