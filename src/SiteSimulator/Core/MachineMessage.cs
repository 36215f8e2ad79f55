using Google.Protobuf;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;
using Nico.SiteSimulator.Hardware;
using Nico.SiteSimulator.Time;
using MachineInterface = Nico.SiteProtocol.Forge.MachineInterface;

namespace Nico.SiteSimulator.Core;

/// <summary>Writes a machine as the controller shows it. Reads nothing that changes, so it needs no lock.</summary>
internal static class MachineMessage
{
    private static readonly string[] Sensors =
    [
        .. Enumerable.Range(1, 12).Select(fan => $"FAN_{fan}_F"), .. Enumerable.Range(1, 6).Select(supply => $"PSU{supply}_Power"),
        .. Enumerable.Range(1, 8).Select(gpu => $"TEMP_GPU_{gpu}"), "CPU0_Temp", "CPU1_Temp", "Sys_Inlet_Temp", "Sys_Exhaust_Temp",
    ];

    private static readonly string[] AgentFiles =
        ["/var/lib/hbn/etc/frr/frr.conf", "/var/lib/hbn/etc/network/interfaces", "/var/lib/hbn/etc/supervisor/conf.d/default-isc-dhcp-relay.conf", "/var/lib/hbn/etc/cumulus/acl/policy.d/60-forge.rules"];

    private static readonly string[] AgentServices = ["frr", "nl2doca", "rsyslog", "isc-dhcp-relay-default", "neighmgr", "nvued", "ifreload"];

    // The parts of every report that says that all is well: made once, shared by all messages, changed by nobody.
    private static readonly HealthProbeSuccess[] AgentSuccesses =
    [
        new() { Id = "HeartbeatTimeout", Target = "forge-dpu-agent" },
        new() { Id = "BgpStats", Target = "p0_if" },
        new() { Id = "BgpStats", Target = "p1_if" },
        .. AgentFiles.Select(file => new HealthProbeSuccess { Id = "FileExists", Target = file }),
        .. AgentServices.Select(service => new HealthProbeSuccess { Id = "ServiceRunning", Target = service }),
    ];

    private static readonly HealthProbeSuccess[] SensorSuccesses = [.. Sensors.Select(sensor => new HealthProbeSuccess { Id = "BmcSensor", Target = sensor })];

    /// <summary>The message of a machine.</summary>
    public static Machine Build(Controller site, MachineView view, bool history) => Machine.Parser.ParseFrom(Bytes(site, view, history));

    /// <summary>The same as it is sent: what never changes of a host is written once and kept, as a site is read round after round.</summary>
    public static ByteString Bytes(Controller site, MachineView view, bool history)
    {
        if (view.Dpu >= 0)
        {
            return OfDpu(site, view, history).ToByteString();
        }

        var machine = OfHost(site, view, history);
        if (!Discovered(view.State))
        {
            machine.MergeFrom(Chassis(site, view.Host));
            return machine.ToByteString();
        }

        var hardware = view.Host.Hardware ??= Hardware(site, view.Host).ToByteArray();
        if (view.Odd)
        {
            machine.MergeFrom(hardware);
            MakeOdd(machine);
            return machine.ToByteString();
        }

        // Two messages one after the other are one with the fields of both.
        var both = new byte[machine.CalculateSize() + hardware.Length];
        machine.WriteTo(both.AsSpan(hardware.Length));
        hardware.CopyTo(both, 0);
        return UnsafeByteOperations.UnsafeWrap(both);
    }

    // What no reader expects and every reader must survive.
    private static void MakeOdd(Machine machine)
    {
        machine.State = "";
        machine.MachineType = (MachineType)77;
        machine.InstanceTypeId = "not a uuid";
        machine.StateReason = null;
        machine.LastRebootTime = null;
        machine.Metadata = new() { Name = "Maschine Nr. 7 – Größe ∞", Labels = { new Label { Key = "no-value" }, new Label { Key = "" } } };
        machine.Health.Alerts.Add(new HealthProbeAlert { Id = "Long", Message = new string('x', 200_000) });
        if (machine.Interfaces.Count > 0)
        {
            machine.Interfaces[0].Id = null;
            machine.Interfaces[0].SegmentId = null;
        }
    }

    private static Machine OfHost(Controller site, MachineView view, bool history)
    {
        var machine = Common(site, view, history);
        machine.Id = new() { Id = view.Host.Id };
        machine.MachineType = MachineType.Host;
        if (Discovered(view.State) && view.Host.Profile.InfinibandPorts > 0)
        {
            machine.IbStatus = new() { ObservedAt = Moment.Wire(Minute(view.Now)) };
        }

        return machine;
    }

    /// <summary>What a site knows of a host from its place in the rack.</summary>
    private static Machine Chassis(Controller site, Host host)
    {
        var (world, profile) = (site.World, host.Profile);
        var machine = new Machine
        {
            BmcInfo = new()
            {
                Ip = World.BmcAddress(host, 0).ToString(),
                Mac = world.BmcMac(host),
                Version = "1.2",
                FirmwareVersion = profile.BmcFirmware,
                Port = 443,
            },
            HwSkuDeviceType = profile.DeviceType,
            RackId = new() { Id = host.Rack },
        };
        machine.Interfaces.AddRange(Interfaces(site, host));
        for (var dpu = 0; dpu < profile.Dpus; dpu++)
        {
            machine.AssociatedDpuMachineIds.Add(new MachineId { Id = world.DpuId(host, dpu) });
        }

        if (profile.Dpus == 0)
        {
            machine.InstanceNetworkRestrictions = new()
            {
                NetworkSegmentMembershipType = InstanceNetworkSegmentMembershipType.Static,
                NetworkSegmentIds = { new NetworkSegmentId { Value = world.AdminSegment(host) } },
            };
        }

        return machine;
    }

    /// <summary>The same, and what it finds out by looking into the host: nothing of it ever changes.</summary>
    private static Machine Hardware(Controller site, Host host)
    {
        var (world, profile) = (site.World, host.Profile);
        var found = Discovery.Of(world, host);
        var attached = Enumerable.Range(0, profile.Dpus).Select(dpu => world.DpuMac(host, dpu, 0)).ToHashSet();
        var machine = Chassis(site, host);
        machine.DiscoveryInfo = found;
        machine.Capabilities = Discovery.Capabilities(found, attached, profile.Dpus, []);
        machine.HwSku = $"{profile.Name}-1";
        machine.HwSkuStatus = new() { VerifyRequestTime = Moment.Wire(site.Built), LastMatchAttempt = Moment.Wire(site.Built) };
        machine.UpdateComplete = true;
        if (found.InfinibandInterfaces.Count > 0)
        {
            machine.IbStatus = new()
            {
                IbInterfaces =
                {
                    found.InfinibandInterfaces.Select((port, index) => new MachineIbInterface
                    {
                        PfGuid = port.Guid,
                        Guid = port.Guid,
                        Lid = 1 + (uint)(host.Number * 16 + index) % 49151,
                        FabricId = "default",
                        AssociatedPkeys = new(),
                        AssociatedPartitionIds = new(),
                    }),
                },
            };
        }

        if (profile.NvlinkRack)
        {
            Nvlink(machine, world, host);
        }

        return machine;
    }

    private static Machine OfDpu(Controller site, MachineView view, bool history)
    {
        var (world, host, dpu) = (site.World, view.Host, view.Dpu);
        var machine = Common(site, view, history);
        machine.Id = new() { Id = world.DpuId(host, dpu) };
        machine.MachineType = MachineType.Dpu;
        machine.AssociatedHostMachineId = new() { Id = host.Id };
        machine.DiscoveryInfo = Discovery.OfDpu(world, host, dpu);
        machine.DpuAgentVersion = "v2026.04.2-0-g6f0c1d2";
        machine.FirmwareAutoupdate = true;
        machine.BmcInfo = new()
        {
            Ip = World.BmcAddress(host, dpu + 1).ToString(),
            Mac = world.DpuMac(host, dpu, 2),
            Version = "1",
            FirmwareVersion = "BF-25.04-6",
            Port = 443,
        };
        machine.Inventory = new()
        {
            Components =
            {
                new MachineInventorySoftwareComponent { Name = "doca-hbn", Version = "2.4.2-doca2.9.2", Url = "nvcr.io/nvidia/doca" },
                new MachineInventorySoftwareComponent { Name = "doca-telemetry-service", Version = "1.19.7-doca2.9.2", Url = "nvcr.io/nvidia/doca" },
                new MachineInventorySoftwareComponent { Name = "forge-dpu-agent", Version = "v2026.04.2", Url = "" },
            },
        };
        var address = World.LoopbackAddress(host, dpu).ToString();
        machine.Interfaces.Add(new MachineInterface
        {
            Id = new() { Value = world.Seed.Uuid($"interface {host.Key}/dpu/{dpu}") },
            MachineId = machine.Id,
            SegmentId = new() { Value = world.Seed.Uuid("underlay " + host.Rack) },
            Hostname = address.Replace('.', '-'),
            DomainId = new() { Value = world.Domain },
            PrimaryInterface = true,
            MacAddress = world.DpuMac(host, dpu, 1),
            Address = { address },
            Vendor = "BF3BOOT",
            Created = Moment.Wire(site.Built),
            IsBmc = false,
            AssociationType = InterfaceAssociationType.Machine,
        });
        return machine;
    }

    private static Machine Common(Controller site, MachineView view, bool history)
    {
        var record = view.Record;
        var machine = new Machine
        {
            State = view.State,
            StateVersion = Moment.Text(record.StateVersion),
            StateReason = Reason(view.State),
            StateSla = Machines.ShowSla(site.Pace, Sla(view.State), record.Since, view.Now),
            LastRebootTime = Moment.Wire(view.Booted),
            LastObservationTime = Moment.Wire(Minute(view.Now)),
            Health = Health(site, view),
            Metadata = view.Dpu < 0 && record.Metadata is { } metadata ? metadata.Clone() : new Metadata { Name = view.Dpu < 0 ? record.Id : site.World.DpuId(view.Host, view.Dpu) },
            Version = Moment.Text(record.Version),
        };
        if (view.Dpu >= 0)
        {
            return machine;
        }

        if (record.RebootRequested != 0)
        {
            machine.LastRebootRequestedTime = Moment.Wire(record.RebootRequested);
            machine.LastRebootRequestedMode = record.RebootMode;
        }

        foreach (var o in record.Overrides)
        {
            machine.HealthOverrides.Add(new HealthOverrideOrigin { Source = o.Report.Source, Mode = o.Mode });
            if (o.Report.Source == "maintenance" && o.Report.Alerts.FirstOrDefault() is { } maintenance)
            {
                machine.MaintenanceReference = maintenance.Message;
                machine.MaintenanceStartTime = maintenance.InAlertSince;
            }
        }

        if (record.HasInstanceType)
        {
            machine.InstanceTypeId = record.InstanceType;
        }

        if (view.State.StartsWith("Failed/", StringComparison.Ordinal))
        {
            machine.FailureDetails = view.State["Failed/".Length..];
        }

        if (history)
        {
            machine.Events.Add(new MachineEvent
            {
                Event = $"{{\"state\": \"{view.State.Split('/', ' ')[0].ToLowerInvariant()}\"}}",
                Version = machine.StateVersion,
                Time = Moment.Wire(record.Since),
            });
        }

        return machine;
    }

    private static IEnumerable<MachineInterface> Interfaces(Controller site, Host host)
    {
        var world = site.World;
        var profile = host.Profile;
        for (var port = 0; port < Math.Max(1, profile.Dpus); port++)
        {
            var address = World.AdminAddress(host, port).ToString();
            var shown = new MachineInterface
            {
                Id = new() { Value = world.Seed.Uuid($"interface {host.Key}/{port}") },
                MachineId = new() { Id = host.Id },
                SegmentId = new() { Value = world.AdminSegment(host) },
                Hostname = address.Replace('.', '-'),
                DomainId = new() { Value = world.Domain },
                PrimaryInterface = port == 0,
                MacAddress = profile.Dpus > 0 ? world.DpuMac(host, port, 0) : world.EthernetMac(host, port),
                Address = { address },
                Vendor = "PXEClient:Arch:00007:UNDI:003000",
                Created = Moment.Wire(site.Built - TimeSpan.TicksPerDay),
                LastDhcp = Moment.Wire(site.Built),
                IsBmc = false,
                AssociationType = InterfaceAssociationType.Machine,
            };
            if (profile.Dpus > 0)
            {
                shown.AttachedDpuMachineId = new() { Id = world.DpuId(host, port) };
            }

            yield return shown;
        }

        var bmc = World.BmcAddress(host, 0).ToString();
        yield return new MachineInterface
        {
            Id = new() { Value = world.Seed.Uuid($"interface {host.Key}/bmc") },
            MachineId = new() { Id = host.Id },
            SegmentId = new() { Value = world.Seed.Uuid("management " + host.Rack) },
            Hostname = bmc.Replace('.', '-'),
            DomainId = new() { Value = world.Domain },
            MacAddress = world.BmcMac(host),
            Address = { bmc },
            Vendor = profile.Vendor,
            Created = Moment.Wire(site.Built - TimeSpan.TicksPerDay),
            LastDhcp = Moment.Wire(site.Built),
            IsBmc = true,
            AssociationType = InterfaceAssociationType.Machine,
        };
    }

    private static HealthReport Health(Controller site, MachineView view)
    {
        var report = new HealthReport { Source = "aggregate-host-health", ObservedAt = Moment.Wire(Minute(view.Now)) };
        if (view.Record.Overrides.FirstOrDefault(o => o.Mode == OverrideMode.Replace) is { } replacing)
        {
            report.Successes.AddRange(replacing.Report.Successes);
        }
        else
        {
            Own(report, site, view);
        }

        foreach (var o in view.Record.Overrides.Where(o => o.Mode == OverrideMode.Merge))
        {
            report.Successes.AddRange(o.Report.Successes);
        }

        foreach (var alert in view.Record.Overrides.SelectMany(o => o.Report.Alerts))
        {
            report.Alerts.Add(alert.Clone());
        }

        return report;
    }

    private static void Own(HealthReport report, Controller site, MachineView view)
    {
        if (view.Host.Profile.Dpus > 0)
        {
            report.Successes.AddRange(AgentSuccesses);
        }

        var wavering = Wavering(site, view);
        report.Successes.AddRange(SensorSuccesses.Where(success => success.Target != wavering?.Sensor));
        if (wavering is { } alert)
        {
            report.Alerts.Add(new HealthProbeAlert
            {
                Id = "BmcSensor",
                Target = alert.Sensor,
                InAlertSince = Moment.Wire(alert.Since),
                Message = $"{alert.Sensor} is near its limit.",
            });
        }

        report.Alerts.AddRange(view.Alerts);
    }

    // At a real site a few machines look different on every read. Each machine has its own beat; on every second beat one of its sensors wavers.
    private static (string Sensor, long Since)? Wavering(Controller site, MachineView view)
    {
        if (site.Options.Churn <= 0)
        {
            return null;
        }

        var beat = Math.Max(TimeSpan.TicksPerSecond, site.Pace.Scaled(60 / site.Options.Churn).Ticks);
        var key = site.Seed.Number("beat " + view.Host.Id);
        var offset = (long)(key % (ulong)beat);
        var beats = (view.Now + offset) / beat;
        return beats % 2 == 0 ? null : (Sensors[Draws.Mix(key + (ulong)beats) % (ulong)Sensors.Length], beats * beat - offset);
    }

    private static ControllerStateReason Reason(string state) => new()
    {
        Outcome = state is "Ready" or "Assigned/Ready" ? ControllerStateOutcome.DoNothing
            : state.StartsWith("Failed", StringComparison.Ordinal) ? ControllerStateOutcome.Error
            : ControllerStateOutcome.Wait,
        SourceRef = new() { File = "crates/api/src/state_controller/machine/handler.rs", Line = 400 + state.Length },
    };

    // Seconds that a state may last before the site's operators are told.
    private static double? Sla(string state) => state switch
    {
        "Ready" or "Assigned/Ready" => null,
        _ when state.Contains("PlatformConfiguration", StringComparison.Ordinal) => 90 * 60,
        _ when state.StartsWith("HostReprovisioning", StringComparison.Ordinal) => 40 * 60,
        _ when state.StartsWith("BomValidating", StringComparison.Ordinal) => 5 * 60,
        _ => 30 * 60,
    };

    private static bool Discovered(string state) =>
        !(state.StartsWith("Created", StringComparison.Ordinal) || state.StartsWith("DPU", StringComparison.Ordinal)
            || (state.StartsWith("HostInitializing", StringComparison.Ordinal)
                && !state.StartsWith("HostInitializing/Discovered", StringComparison.Ordinal)
                && !state.StartsWith("HostInitializing/WaitingForLockdown", StringComparison.Ordinal)));

    private static void Nvlink(Machine machine, World world, Host host)
    {
        var domain = new NVLinkDomainId { Value = world.NvlinkDomain(host) };
        machine.NvlinkInfo = new() { DomainUuid = domain };
        machine.NvlinkStatusObservation = new();
        for (var gpu = 0; gpu < host.Profile.Gpu!.Count; gpu++)
        {
            var guid = world.NvlinkGuid(host, gpu);
            machine.NvlinkInfo.Gpus.Add(new NVLinkGpu
            {
                NmxMId = $"{host.Rack}-{host.Slot}-{gpu}",
                TrayIndex = host.Slot,
                SlotId = host.Slot + 1,
                DeviceId = gpu + 1,
                Guid = guid,
            });
            machine.NvlinkStatusObservation.GpuStatus.Add(new MachineNVLinkGpuStatusObservation
            {
                GpuId = $"{host.Rack}-{host.Slot}-{gpu}",
                DeviceInstance = (uint)gpu,
                DomainId = domain,
                Guid = guid,
            });
        }
    }

    private static long Minute(long ticks) => ticks - ticks % TimeSpan.TicksPerMinute;
}
