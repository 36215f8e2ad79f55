using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class MachineTests
{
    [Fact]
    public async Task The_default_site_has_a_rack_of_trays_and_dgx_and_three_blemishes()
    {
        await using var site = await Start();
        site.Clock.Advance(TimeSpan.FromHours(2));
        var machines = await All(site);
        Assert.Equal(36, machines.Count);
        Assert.Equal(18, machines.Count(machine => machine.DiscoveryInfo.DmiData.ProductName == "GB200 NVL" && machine.RackId.Id == "A01"));
        Assert.Equal(18, machines.Count(machine => machine.DiscoveryInfo.DmiData.ProductName == "DGXH100"));
        Assert.Equal(34, machines.Count(machine => machine.State == "Ready"));
        var ingesting = Assert.Single(machines, machine => machine.State.StartsWith("BomValidating/WaitingForSkuAssignment(", StringComparison.Ordinal));
        Assert.True(ingesting.StateSla.TimeInStateAboveSla);
        var failed = Assert.Single(machines, machine => machine.State.StartsWith("Failed/NVMECleanFailed {", StringComparison.Ordinal));
        Assert.Equal(ControllerStateOutcome.Error, failed.StateReason.Outcome);
        var maintained = Assert.Single(machines, machine => machine.MaintenanceStartTime is not null);
        Assert.NotEmpty(maintained.MaintenanceReference);
        Assert.Equal(33, site.Site.FreeMachineIds.Count);
    }

    [Fact]
    public async Task A_small_site_has_no_blemish_and_a_large_one_has_every_model()
    {
        await using var small = await Start(options => options with { Machines = 11 });
        Assert.Equal(11, small.Site.FreeMachineIds.Count);

        await using var large = await Start(options => options with { Machines = 500 });
        var machines = await All(large);
        Assert.Equal(500, machines.Count);
        Assert.Equal(5, machines.Where(machine => machine.DiscoveryInfo is not null).Select(machine => machine.DiscoveryInfo.DmiData.ProductName).Distinct().Count());
        Assert.Equal(360, machines.Count(machine => machine.NvlinkInfo is not null));
        Assert.Equal(20, machines.Where(machine => machine.NvlinkInfo is not null).Select(machine => machine.NvlinkInfo.DomainUuid.Value).Distinct().Count());
        Assert.All(machines.Where(machine => machine.NvlinkInfo is not null).GroupBy(machine => machine.RackId.Id), rack => Assert.Equal(18, rack.Count()));
    }

    [Fact]
    public async Task Ids_serials_addresses_and_guids_have_their_shapes_and_are_unique()
    {
        await using var site = await Start(options => options with { Machines = 500, Blemishes = false });
        var machines = await All(site);
        Assert.All(machines, machine => Assert.Matches("^fm100h[ts][0-9a-v]{51}[0g]$", machine.Id.Id));
        Unique(machines.Select(machine => machine.Id.Id));
        Unique(machines.Select(machine => machine.DiscoveryInfo.DmiData.ProductSerial));
        Unique(machines.SelectMany(machine => machine.Interfaces).Select(port => port.MacAddress)
            .Concat(machines.SelectMany(machine => machine.DiscoveryInfo.NetworkInterfaces.Select(port => port.MacAddress)
                .Where(mac => machine.Interfaces.All(known => known.MacAddress != mac)))));
        Unique(machines.SelectMany(machine => machine.Interfaces).SelectMany(port => port.Address));
        Unique(machines.SelectMany(machine => machine.Interfaces).Select(port => port.Id.Value));
        Unique(machines.SelectMany(machine => machine.DiscoveryInfo.InfinibandInterfaces).Select(port => port.Guid));
        Unique(machines.Where(machine => machine.NvlinkInfo is not null).SelectMany(machine => machine.NvlinkInfo.Gpus).Select(gpu => gpu.Guid.ToString()));
        Unique(machines.SelectMany(machine => machine.DiscoveryInfo.Gpus).Select(gpu => gpu.Serial));
        Assert.All(machines.SelectMany(machine => machine.DiscoveryInfo.InfinibandInterfaces), port => Assert.Matches("^[0-9a-f]{16}$", port.Guid));
        Assert.All(machines.SelectMany(machine => machine.Interfaces), port =>
        {
            Assert.Matches("^([0-9a-f]{2}:){5}[0-9a-f]{2}$", port.MacAddress);
            Assert.Equal(port.Address[0].Replace('.', '-'), port.Hostname);
            Assert.True(Guid.TryParse(port.Id.Value, out _) && Guid.TryParse(port.SegmentId.Value, out _));
        });
        Assert.All(machines, machine =>
        {
            Assert.Single(machine.Interfaces, port => port.PrimaryInterface);
            Assert.True(machine.Interfaces[0].PrimaryInterface);
            Assert.Single(machine.Interfaces, port => port.IsBmc);
            Assert.Equal(machine.AssociatedDpuMachineIds, machine.Interfaces.Where(port => port.AttachedDpuMachineId is not null).Select(port => port.AttachedDpuMachineId));
        });
    }

    [Fact]
    public async Task A_machines_id_is_the_hash_of_its_tpm_certificate()
    {
        await using var site = await Start(options => options with { Machines = 2 });
        var machine = await site.ReadMachine(site.FreeMachine());
        var der = Convert.FromBase64String(machine.DiscoveryInfo.TpmEkCertificate);
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        Assert.Equal(3, certificate.Version);
        Assert.InRange(der.Length, 1000, 1500);

        var bits = string.Concat(SHA256.HashData(der).Select(b => b.ToString("b8"))) + "0000";
        var text = string.Concat(Enumerable.Range(0, 52).Select(i => "0123456789abcdefghijklmnopqrstuv"[Convert.ToInt32(bits.Substring(i * 5, 5), 2)]));
        Assert.Equal("fm100ht" + text, machine.Id.Id);
    }

    [Theory]
    [InlineData("gb200", "Neoverse-V2", 72, "NVIDIA GB200", 4, MachineCapabilityDeviceType.Nvlink, "983040 MB", 4, 2, "gpu")]
    [InlineData("dgx-h100", "Intel(R) Xeon(R) Platinum 8480CL", 112, "NVIDIA H100 80GB HBM3", 8, MachineCapabilityDeviceType.Unknown, "2097152 MB", 8, 2, "gpu")]
    [InlineData("dgx-b200", "INTEL(R) XEON(R) PLATINUM 8570", 112, "NVIDIA B200", 8, MachineCapabilityDeviceType.Unknown, "2097152 MB", 8, 2, "gpu")]
    [InlineData("r750", "Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz", 36, null, 0, MachineCapabilityDeviceType.Unknown, "524288 MB", 0, 1, "cpu")]
    [InlineData("h100-nvl", "AMD EPYC 9474F 48-Core Processor", 96, "NVIDIA H100 NVL", 8, MachineCapabilityDeviceType.Unknown, "1572864 MB", 0, 0, "gpu")]
    public async Task Each_model_has_its_capabilities(
        string model, string cpu, int threads, string? gpu, int gpus, MachineCapabilityDeviceType gpuType, string memory, int infiniband, int dpus, string kind)
    {
        await using var site = await Start(options => options with { Layout = model + "=1" });
        var machine = await site.ReadMachine(site.FreeMachine());
        var capabilities = machine.Capabilities;
        Assert.Equal((cpu, 2u, (uint)threads), (capabilities.Cpu.Single().Name, capabilities.Cpu[0].Count, capabilities.Cpu[0].Threads));
        Assert.Equal((memory, 1u), (capabilities.Memory.Single().Capacity, capabilities.Memory[0].Count));
        Assert.Equal(kind, machine.HwSkuDeviceType);
        Assert.Equal(machine.DiscoveryInfo.NvmeDevices.Count, capabilities.Storage.Sum(drive => drive.Count));
        Assert.Equal(gpu, capabilities.Gpu.SingleOrDefault()?.Name);
        Assert.Equal(gpus, (int)(capabilities.Gpu.SingleOrDefault()?.Count ?? 0));
        Assert.Equal(gpuType, capabilities.Gpu.SingleOrDefault()?.DeviceType ?? MachineCapabilityDeviceType.Unknown);
        Assert.Equal(infiniband, (int)(capabilities.Infiniband.SingleOrDefault()?.Count ?? 0));
        Assert.Equal(dpus, (int)(capabilities.Dpu.SingleOrDefault()?.Count ?? 0));
        Assert.Equal(dpus > 0 ? 1 : 0, capabilities.Network.Count(port => port.DeviceType == MachineCapabilityDeviceType.Dpu));
        Assert.InRange(machine.CalculateSize(), 8_000, 60_000);
    }

    [Fact]
    public async Task Search_finds_hosts_dpus_racks_and_what_needs_attention()
    {
        await using var site = await Start(options => options with { Machines = 40 });
        Assert.Equal(40, await Count(new()));
        Assert.Equal(40 + 80, await Count(new() { IncludeDpus = true }));
        Assert.Equal(80, await Count(new() { IncludeDpus = true, ExcludeHosts = true }));
        Assert.Equal(18, await Count(new() { RackId = new() { Id = "A01" } }));
        Assert.Equal(18, await Count(new() { MnnvlOnly = true }));
        Assert.Equal(1, await Count(new() { OnlyMaintenance = true }));
        Assert.Equal(1, await Count(new() { OnlyWithHealthAlert = "Maintenance" }));
        Assert.Equal(0, await Count(new() { OnlyQuarantine = true }));
        Assert.Equal(0, await Count(new() { InstanceTypeId = "some-type" }));
        site.Site.Faults.Add(new() { Kind = FaultKind.Drift, Resource = "machine", Target = site.FreeMachine(), InstanceType = "some-type" });
        Assert.Equal(1, await Count(new() { InstanceTypeId = "some-type" }));

        async Task<int> Count(MachineSearchConfig search) => (await site.Core.FindMachineIdsAsync(search)).MachineIds.Count;
    }

    [Fact]
    public async Task A_dpu_is_a_machine_too()
    {
        await using var site = await Start();
        var host = await site.ReadMachine(site.FreeMachine());
        var dpu = await site.ReadMachine(host.AssociatedDpuMachineIds[1].Id);
        Assert.Matches("^fm100dt[0-9a-v]{51}[0g]$", dpu.Id.Id);
        Assert.Equal(MachineType.Dpu, dpu.MachineType);
        Assert.Equal(host.Id, dpu.AssociatedHostMachineId);
        Assert.Equal("BlueField-3 DPU", dpu.DiscoveryInfo.DmiData.ProductName);
        Assert.Equal(2, dpu.DiscoveryInfo.DpuInfo.Switches.Count);
        Assert.Equal(16u, dpu.DiscoveryInfo.CpuInfo.Single().Cores);
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(site.Order(dpu.Id.Id)));
        await Refused(StatusCode.InvalidArgument, site.Core.SetMaintenanceAsync(new() { HostId = dpu.Id, Reference = "not a host" }));
    }

    [Fact]
    public async Task Reads_by_id_have_the_limit()
    {
        await using var site = await Start(options => options with { Machines = 120 });
        var ids = site.Site.MachineIds.Select(id => new MachineId { Id = id }).ToList();
        await Refused(StatusCode.InvalidArgument, site.Core.FindMachinesByIdsAsync(new()));
        await Refused(StatusCode.InvalidArgument, site.Core.FindMachinesByIdsAsync(new() { MachineIds = { ids.Take(101) } }));
        Assert.Equal(100, (await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { ids.Take(100) } })).Machines.Count);
        Assert.Single((await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { ids[0], new MachineId { Id = "fm100ht" + new string('0', 52) }, new MachineId { Id = "?" } } })).Machines);
    }

    [Fact]
    public async Task Maintenance_is_an_alert_with_a_start_and_blocks_allocation()
    {
        await using var site = await Start();
        var id = new MachineId { Id = site.FreeMachine() };
        await Refused(StatusCode.InvalidArgument, site.Core.SetMaintenanceAsync(new() { HostId = id, Reference = "  abc  " }));
        await Refused(StatusCode.InvalidArgument, site.Core.SetMaintenanceAsync(new() { HostId = id }));
        await Refused(StatusCode.NotFound, site.Core.SetMaintenanceAsync(new() { HostId = new() { Id = "fm100ht" + new string('0', 52) }, Reference = "unknown host" }));

        await site.Core.SetMaintenanceAsync(new() { HostId = id, Reference = " cable swap " });
        var machine = await site.ReadMachine(id.Id);
        Assert.Equal(("Ready", "cable swap"), (machine.State, machine.MaintenanceReference));
        Assert.Equal(site.Clock.GetUtcNow(), machine.MaintenanceStartTime.ToDateTimeOffset());
        Assert.Equal(["PreventAllocations", "SuppressExternalAlerting"], machine.Health.Alerts.Single(alert => alert.Id == "Maintenance").Classifications);
        Assert.Contains(machine.HealthOverrides, o => o.Source == "maintenance" && o.Mode == OverrideMode.Merge);
        var order = site.Order(id.Id, On(await site.Prefix()));
        await Refused(StatusCode.FailedPrecondition, site.Core.AllocateInstanceAsync(order));

        await site.Core.SetMaintenanceAsync(new() { HostId = id, Operation = MaintenanceOperation.Disable });
        machine = await site.ReadMachine(id.Id);
        Assert.Null(machine.MaintenanceStartTime);
        Assert.False(machine.HasMaintenanceReference);
        Assert.Empty(machine.HealthOverrides);
        await site.Core.AllocateInstanceAsync(order);
    }

    [Fact]
    public async Task Health_overrides_merge_replace_and_go()
    {
        await using var site = await Start(options => options with { Churn = 0 });
        var id = new MachineId { Id = site.FreeMachine() };
        var own = (await site.ReadMachine(id.Id)).Health;
        Assert.Equal("aggregate-host-health", own.Source);
        Assert.Empty(own.Alerts);
        Assert.Contains(own.Successes, success => success.Id == "BgpStats");

        await Insert("repair", OverrideMode.Merge, "OnLineRepair", "PreventAllocations");
        var merged = await site.ReadMachine(id.Id);
        Assert.Equal(own.Successes, merged.Health.Successes);
        var alert = Assert.Single(merged.Health.Alerts);
        Assert.Equal(site.Clock.GetUtcNow(), alert.InAlertSince.ToDateTimeOffset());

        await Insert("operator", OverrideMode.Replace, "Odd");
        Assert.Empty((await site.ReadMachine(id.Id)).Health.Successes);
        await Insert("repair", OverrideMode.Merge, "Other");
        Assert.Equal(["Odd", "Other"], (await site.ReadMachine(id.Id)).Health.Alerts.Select(alert => alert.Id).Order());

        await site.Core.RemoveHealthReportOverrideAsync(new() { MachineId = id, Source = "operator" });
        await site.Core.RemoveHealthReportOverrideAsync(new() { MachineId = id, Source = "repair" });
        await Refused(StatusCode.NotFound, site.Core.RemoveHealthReportOverrideAsync(new() { MachineId = id, Source = "repair" }));
        Assert.Equal(own, (await site.ReadMachine(id.Id)).Health);

        await Refused(StatusCode.InvalidArgument, site.Core.InsertHealthReportOverrideAsync(new() { MachineId = id }));
        await Refused(StatusCode.InvalidArgument, site.Core.InsertHealthReportOverrideAsync(new() { MachineId = id, Override = new() { Report = new() } }));
        await Refused(StatusCode.InvalidArgument, site.Core.InsertHealthReportOverrideAsync(new() { Override = new() { Report = new() { Source = "x" } } }));

        async Task Insert(string source, OverrideMode mode, string alertId, params string[] classifications) =>
            await site.Core.InsertHealthReportOverrideAsync(new()
            {
                MachineId = id,
                Override = new() { Mode = mode, Report = new() { Source = source, Alerts = { new HealthProbeAlert { Id = alertId, Classifications = { classifications } } } } },
            });
    }

    [Fact]
    public async Task Metadata_is_kept_with_its_version()
    {
        await using var site = await Start();
        var id = new MachineId { Id = site.FreeMachine() };
        var before = await site.ReadMachine(id.Id);
        Assert.Equal(id.Id, before.Metadata.Name);
        site.Clock.Advance(TimeSpan.FromSeconds(1));
        await site.Core.UpdateMachineMetadataAsync(new() { MachineId = id, Metadata = new() { Name = "tray 7", Description = "kept", Labels = { new Label { Key = "row", Value = "A" } } }, IfVersionMatch = before.Version });
        var after = await site.ReadMachine(id.Id);
        Assert.Equal(("tray 7", "kept", "A"), (after.Metadata.Name, after.Metadata.Description, after.Metadata.Labels.Single().Value));
        Assert.StartsWith("V2-", after.Version, StringComparison.Ordinal);
        Assert.Equal(before.StateVersion, after.StateVersion);
        await Refused(StatusCode.FailedPrecondition, site.Core.UpdateMachineMetadataAsync(new() { MachineId = id, Metadata = new() { Name = "late" }, IfVersionMatch = before.Version }));
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateMachineMetadataAsync(new() { MachineId = id, Metadata = new() { Name = "é!" } }));
        await Refused(StatusCode.NotFound, site.Core.UpdateMachineMetadataAsync(new() { MachineId = new() { Id = "fm100ht" + new string('0', 52) }, Metadata = new() { Name = "none" } }));
    }

    [Fact]
    public async Task A_host_is_ingested_step_by_step_and_shows_its_parts_once_discovered()
    {
        await using var site = await Start();
        var id = site.FreeMachine();
        site.Site.Faults.Add(new() { Kind = FaultKind.MachineIngests, Target = id });
        var words = new List<string>();
        var known = new List<bool>();
        for (var step = 0; step < 500; step++)
        {
            var machine = await site.ReadMachine(id);
            var word = machine.State.Split('/', ' ')[0];
            if (words.LastOrDefault() != word)
            {
                words.Add(word);
                known.Add(machine.Capabilities is not null);
            }

            site.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["Created", "DPUDiscovering", "DPUInitializing", "HostInitializing", "BomValidating", "MachineValidation", "Ready"], words);
        Assert.Equal([false, false, false, false, true, true, true], known);
    }

    [Fact]
    public async Task A_little_of_the_health_changes_all_the_time_and_nothing_else()
    {
        await using var site = await Start(options => options with { Churn = 0.1, Blemishes = false });
        var before = (await All(site)).ToDictionary(machine => machine.Id.Id);
        site.Clock.Advance(TimeSpan.FromMinutes(3));
        var after = await All(site);
        var changed = after.Where(machine => !machine.Health.Alerts.Equals(before[machine.Id.Id].Health.Alerts)).ToList();
        Assert.InRange(changed.Count, 3, 25);
        Assert.Equal(36, site.Site.FreeMachineIds.Count);
        foreach (var machine in after)
        {
            machine.Health = before[machine.Id.Id].Health;
            machine.LastObservationTime = before[machine.Id.Id].LastObservationTime;
            if (machine.IbStatus is not null)
            {
                machine.IbStatus.ObservedAt = before[machine.Id.Id].IbStatus.ObservedAt;
            }

            Assert.Equal(before[machine.Id.Id], machine);
        }
    }

    private static void Unique(IEnumerable<string> values)
    {
        var list = values.ToList();
        Assert.NotEmpty(list);
        Assert.Equal([], list.GroupBy(value => value).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    private static async Task<List<Machine>> All(TestSite site)
    {
        var machines = new List<Machine>();
        foreach (var chunk in (await site.Core.FindMachineIdsAsync(new())).MachineIds.Chunk(100))
        {
            machines.AddRange((await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { chunk } })).Machines);
        }

        return machines;
    }
}
