using System.Text;
using Google.Protobuf.WellKnownTypes;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;
using Nico.SiteProtocol.MachineDiscovery;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using JsonNode = System.Text.Json.Nodes.JsonNode;
using MachineInterface = Nico.SiteProtocol.Forge.MachineInterface;

namespace Nico.Tests.Slices.Hardware;

/// <summary>How what a site reports becomes machines: spec/41-machine.md, section 15.5; spec/60-site-link.md, sections 14.2 and 14.3.</summary>
public sealed class MachineInventoryTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);
    private readonly Guid _segment = Guid.NewGuid();

    [Fact]
    public async Task A_new_machine_shows_everything_that_was_reported()
    {
        var (provider, site) = await Site();
        var type = Guid.NewGuid();
        var domain = Guid.NewGuid().ToString();
        var since = DateTime.SpecifyKind(new DateTime(2026, 3, 1, 10, 0, 0), DateTimeKind.Utc);
        var reported = Full(_world.Machine("Ready", machine =>
        {
            machine.InstanceTypeId = type.ToString();
            machine.HwSkuDeviceType = "gpu";
            machine.AssociatedDpuMachineIds.Add([new MachineId { Id = "fm100d2" }, new MachineId { Id = "fm100d1" }]);
            machine.StateVersion = "V7-T1767225600000000";
            machine.StateSla = new StateSla { Sla = Duration.FromTimeSpan(TimeSpan.FromMinutes(30)), TimeInStateAboveSla = true };
            machine.NvlinkInfo = new MachineNVLinkInfo { DomainUuid = new NVLinkDomainId { Value = domain } };
            machine.Metadata.Labels.Add(new Label { Key = "rack", Value = "A12" });
            machine.Metadata.Labels.Add(new Label { Key = "spare" });
            machine.Health.ObservedAt = Timestamp.FromDateTime(since.AddHours(1));
            machine.Health.Successes.Add(new HealthProbeSuccess { Id = "Fan", Target = "1" });
            machine.Health.Alerts.Add(new HealthProbeAlert
            {
                Id = "Disk",
                Target = "nvme0",
                Message = "worn",
                TenantMessage = "slow",
                InAlertSince = Timestamp.FromDateTime(since),
                Classifications = { "SuppressPaging" },
            });
        }));
        await _world.Round(site, [reported]);
        var machine = (await provider.Get($"machine/{reported.Id.Id}?includeMetadata=true")).Is(200);

        Assert.Equal(reported.Id.Id, machine["id"].Text());
        Assert.Equal(reported.Id.Id, machine["controllerMachineId"].Text());
        Assert.Equal(site, machine["siteId"].Id());
        Assert.Equal(type, machine["instanceTypeId"].Id());
        Assert.Equal("x86_64", machine["controllerMachineType"].Text());
        Assert.Equal("gpu", machine["hwSkuDeviceType"].Text());
        Assert.Equal("NVIDIA", machine["vendor"].Text());
        Assert.Equal("DGXH100", machine["productName"].Text());
        Assert.Equal("1663223000001", machine["serialNumber"].Text());
        Assert.Equal("""{"rack":"A12","spare":""}""", machine["labels"]!.ToJsonString());
        Assert.Equal("""["fm100d1","fm100d2"]""", machine["associatedDpuMachineIds"]!.ToJsonString());
        Assert.Null(machine["scoutVersion"]);
        Assert.Equal("""{"slotNumber":null,"trayIndex":null}""", machine["placementInRack"]!.ToJsonString());
        var state = machine["metadata"]!["lifecycleState"]!;
        Assert.Equal(("Ready", true, 1800), (state["value"].Text(), state["isAboveSLA"].Flag(), state["slaSeconds"].Number()));
        Assert.Equal(new DateTime(2026, 1, 1), state["updated"].Time().UtcDateTime);
        Assert.Null(machine["instanceId"]);
        Assert.Null(machine["tenantId"]);
        Assert.Null(machine["maintenanceMessage"]);
        Assert.Single(machine["deprecations"]!.AsArray());

        var health = machine["health"]!;
        Assert.Equal("aggregate-host-health", health["source"].Text());
        Assert.Equal(since.AddHours(1), health["observedAt"].Time().UtcDateTime);
        Assert.Equal(since.AddHours(1), health["observed_at"].Time().UtcDateTime);
        Assert.Equal("""[{"id":"Fan","target":"1"}]""", health["successes"]!.ToJsonString());
        var alert = Assert.Single(health["alerts"]!.AsArray())!;
        Assert.Equal(["id", "target", "inAlertSince", "message", "tenantMessage", "classifications"], alert.AsObject().Select(member => member.Key));
        Assert.Equal(("Disk", "nvme0", "worn", "slow"), (
            alert["id"].Text(), alert["target"].Text(), alert["message"].Text(), alert["tenantMessage"].Text()));
        Assert.Equal(since, alert["inAlertSince"].Time().UtcDateTime);

        Assert.Equal(
            [
                """{"type":"CPU","name":"Xeon 8480CL","cores":56,"threads":112,"vendor":"GenuineIntel","count":2}""",
                """{"type":"DPU","name":"DPU","hardwareRevision":"B1","count":1}""",
                """{"type":"GPU","name":"GB200","frequency":"2062 MHz","capacity":"189471 MiB","count":4,"deviceType":"NVLink"}""",
                """{"type":"GPU","name":"H100","capacity":"81559 MiB","count":8,"deviceType":""}""",
                """{"type":"InfiniBand","name":"ConnectX-7","vendor":"Mellanox","inactiveDevices":[3,1],"count":8}""",
                """{"type":"Memory","name":"DDR5","capacity":"2097152 MB","count":1}""",
                """{"type":"Network","name":"BlueField-3","count":1,"deviceType":"DPU"}""",
                """{"type":"Network","name":"X550","vendor":"Intel","count":1,"deviceType":""}""",
                """{"type":"Storage","name":"KCM6","count":8}""",
                """{"type":"Storage","name":"KCM6","count":2}""",
            ],
            machine["machineCapabilities"]!.AsArray().Select(part => part!.ToJsonString()));

        var interfaces = machine["machineInterfaces"]!.AsArray();
        Assert.Equal(2, interfaces.Count);
        var primary = interfaces[0]!;
        Assert.True(primary["isPrimary"].Flag());
        Assert.Equal(reported.Interfaces[1].Id.Value, primary["controllerInterfaceId"].Text());
        Assert.Equal(_segment, primary["controllerSegmentId"].Id());
        Assert.Equal("fm100d1", primary["attachedDpuMachineID"].Text());
        Assert.Equal("10-180-4-17", primary["hostname"].Text());
        Assert.Equal("94:6d:ae:00:00:02", primary["macAddress"].Text());
        Assert.Equal("""["10.180.4.17","2001:db8::17"]""", primary["ipAddresses"]!.ToJsonString());
        Assert.Equal(reported.Id.Id, primary["machineId"].Text());
        Assert.Null(primary["subnetId"]);

        var metadata = machine["metadata"]!;
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {
                      "bmcInfo": {"ip":"10.0.0.9","mac":"d0:8e:79:00:00:01","firmwareRevision":"7.10"},
                      "dmiData": {"boardName":"H100 board","productSerial":"1663223000001"},
                      "lifecycleState": {"value":"Ready","updated":"2026-01-01T00:00:00Z","isAboveSLA":true,"slaSeconds":1800},
                      "gpus": [{"name":"H100","serial":"1650000000001"}],
                      "networkInterfaces": [{"macAddress":"94:6d:ae:00:00:02","vendor":"Mellanox","numaNode":1,"slot":"0000:a1"}],
                      "infinibandInterfaces": [{"guid":"946dae03002ac100","numaNode":0}]
                    }
                    """),
                metadata),
            metadata.ToJsonString());
        Assert.False((await provider.Get($"machine/{reported.Id.Id}")).Is(200).AsObject().ContainsKey("metadata"));
    }

    [Fact]
    public async Task The_same_report_writes_nothing_whatever_the_order_of_its_parts()
    {
        var (provider, site) = await Site();
        var reported = Full(_world.Machine("Ready", machine => machine.Health.ObservedAt = Timestamp.FromDateTime(DateTime.UtcNow)));
        await _world.Round(site, [reported]);
        var before = await Row(reported);
        var first = (await provider.Get($"machine/{reported.Id.Id}")).Is(200);

        var again = reported.Clone();
        again.Health.ObservedAt = Timestamp.FromDateTime(DateTime.UtcNow.AddSeconds(30));
        again.LastObservationTime = Timestamp.FromDateTime(DateTime.UtcNow);
        (again.Capabilities.Network[0], again.Capabilities.Network[1]) = (again.Capabilities.Network[1], again.Capabilities.Network[0]);
        await _world.Round(site, [again]);
        Assert.Equal(before, await Row(reported));
        Assert.True(JsonNode.DeepEquals(first, (await provider.Get($"machine/{reported.Id.Id}")).Is(200)));

        again.Health.ObservedAt = Timestamp.FromDateTime(DateTime.UtcNow.AddMinutes(10));
        await _world.Round(site, [again]);
        var later = (await provider.Get($"machine/{reported.Id.Id}")).Is(200);
        Assert.InRange(later["health"]!["observedAt"].Time(), DateTimeOffset.UtcNow.AddMinutes(9), DateTimeOffset.UtcNow.AddMinutes(11));
        Assert.Equal(first["updated"].Text(), later["updated"].Text());
    }

    [Fact]
    public async Task What_changes_at_the_site_follows_and_what_is_equal_stays()
    {
        var (provider, site) = await Site();
        var reported = Full(_world.Machine());
        reported.InstanceTypeId = Guid.NewGuid().ToString();
        await _world.Round(site, [reported]);
        var first = (await provider.Get($"machine/{reported.Id.Id}")).Is(200);

        var other = Guid.NewGuid();
        reported.InstanceTypeId = other.ToString();
        reported.Interfaces.RemoveAt(0);
        reported.Capabilities.Storage.Clear();
        reported.Capabilities.Gpu[0].Count = 7;
        reported.Metadata.Labels.Add(new Label { Key = "new", Value = "one" });
        await _world.Round(site, [reported]);
        var second = (await provider.Get($"machine/{reported.Id.Id}")).Is(200);
        Assert.Equal(other, second["instanceTypeId"].Id());
        Assert.True(JsonNode.DeepEquals(first["machineInterfaces"]![0], Assert.Single(second["machineInterfaces"]!.AsArray())));
        Assert.DoesNotContain(second["machineCapabilities"]!.AsArray(), part => part!["type"].Text() == "Storage");
        Assert.Equal(7, second["machineCapabilities"]!.AsArray().Single(part => part!["name"].Text() == "H100")!["count"].Number());
        Assert.Equal("one", second["labels"]!["new"].Text());
        Assert.True(second["updated"].Time() > first["updated"].Time());
        Assert.Single(second["statusHistory"]!.AsArray());

        reported.ClearInstanceTypeId();
        await _world.Round(site, [reported]);
        Assert.Null((await provider.Get($"machine/{reported.Id.Id}")).Is(200)["instanceTypeId"]);
    }

    [Fact]
    public async Task A_report_without_discovery_and_health_leaves_what_is_known()
    {
        var (provider, site) = await Site();
        var reported = Full(_world.Machine());
        reported.Health.Alerts.Add(new HealthProbeAlert { Id = "Fan", Message = "slow" });
        await _world.Round(site, [reported]);
        var before = (await provider.Get($"machine/{reported.Id.Id}?includeMetadata=true")).Is(200);
        reported.DiscoveryInfo = null;
        reported.Health = null;
        reported.Capabilities = new MachineCapabilitiesSet();
        await _world.Round(site, [reported]);
        var after = (await provider.Get($"machine/{reported.Id.Id}?includeMetadata=true")).Is(200);
        Assert.Equal("Unknown", after["controllerMachineType"].Text());
        foreach (var kept in new[] { "vendor", "productName", "serialNumber", "machineCapabilities", "health" })
        {
            Assert.True(JsonNode.DeepEquals(before[kept], after[kept]), kept);
        }

        Assert.Equal("bmcInfo", Assert.Single(after["metadata"]!.AsObject()).Key);
    }

    [Fact]
    public async Task Odd_data_breaks_neither_the_machine_nor_its_page()
    {
        var (provider, site) = await Site();
        var odd = Full(_world.Machine("Ready{", machine =>
        {
            machine.InstanceTypeId = "not-a-uuid";
            machine.HwSkuDeviceType = new string('x', 9000);
            machine.DiscoveryInfo.DmiData.SysVendor = "NUL\0L";
            machine.Metadata.Labels.Add(new Label { Key = "k\0", Value = "v\0" });
            machine.Metadata.Labels.Add(new Label { Key = "ключ", Value = new string('й', 20000) });
            machine.Health.Alerts.Add(new HealthProbeAlert { Id = "Long", Message = new string('m', 200_000) });
        }));
        odd.Capabilities.Gpu[0].Count = uint.MaxValue;
        odd.Interfaces.Add(new MachineInterface { MacAddress = "no id" });
        odd.Interfaces.Add(new MachineInterface { Id = new MachineInterfaceId { Value = Guid.NewGuid().ToString() }, MacAddress = "zz" });
        odd.Interfaces.Add(odd.Interfaces[0].Clone());
        var plain = _world.Machine();
        var nameless = _world.Machine();
        nameless.Id = new MachineId();
        await _world.Round(site, [odd, nameless, plain, plain.Clone()]);

        Assert.Equal(2, (await provider.Get("machine")).Total);
        var machine = (await provider.Get($"machine/{odd.Id.Id}")).Is(200);
        Assert.Equal("Ready", machine["status"].Text());
        Assert.Null(machine["instanceTypeId"]);

        // What the database or a reader could not hold is left out, what is too long is cut, and the rest is there.
        Assert.DoesNotContain("NUL", machine["vendor"]?.ToString() ?? "", StringComparison.Ordinal);
        Assert.Null(machine["labels"]!["k\0"]);
        Assert.InRange(machine["machineInterfaces"]!.AsArray().Count, 2, 3);
        Assert.DoesNotContain(machine["machineInterfaces"]!.AsArray(), part => part!["macAddress"]?.ToString() is "zz" or "no id");
        Assert.InRange(Encoding.UTF8.GetByteCount(machine["health"]!["alerts"]![0]!["message"].Text()), 1000, 4096);
    }

    [Fact]
    public async Task A_machine_that_vanishes_is_in_error_once_and_recovers()
    {
        var (provider, site) = await Site();
        var stays = _world.Machine();
        var vanishes = _world.Machine();
        await _world.Round(site, [stays, vanishes]);
        for (var round = 0; round < 3; round++)
        {
            await _world.Round(site, [stays]);
        }

        var missing = (await provider.Get($"machine/{vanishes.Id.Id}")).Is(200);
        Assert.Equal("Error", missing["status"].Text());
        Assert.False(missing["isUsableByTenant"].Flag());
        Assert.Equal(["Error", "Ready"], Statuses(missing));
        Assert.Equal([vanishes.Id.Id], Ids(await provider.Get("machine?isMissingOnSite=true")));
        Assert.Equal([stays.Id.Id], Ids(await provider.Get("machine?isMissingOnSite=false")));

        await _world.Round(site, [stays, vanishes]);
        var back = (await provider.Get($"machine/{vanishes.Id.Id}")).Is(200);
        Assert.Equal("Ready", back["status"].Text());
        Assert.True(back["isUsableByTenant"].Flag());
        Assert.Equal(["Ready", "Error", "Ready"], Statuses(back));
        Assert.Empty((await provider.Get("machine?isMissingOnSite=true")).Items());
    }

    [Fact]
    public async Task An_incomplete_round_updates_but_flags_nothing()
    {
        var (provider, site) = await Site();
        var first = _world.Machine();
        var second = _world.Machine();
        await _world.Round(site, [first, second]);
        first.State = "Failed/Discovery";
        await _world.Page(site, [first]);
        Assert.Equal("Error", (await provider.Get($"machine/{first.Id.Id}")).Is(200)["status"].Text());
        Assert.Equal("Ready", (await provider.Get($"machine/{second.Id.Id}")).Is(200)["status"].Text());
    }

    [Fact]
    public async Task A_round_that_was_begun_before_the_machine_was_seen_does_not_miss_it()
    {
        var (provider, site) = await Site();
        var begun = DateTime.UtcNow;
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        await _world.Round(site, [], begun);
        Assert.Equal("Ready", (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["status"].Text());
    }

    [Fact]
    public async Task A_held_machine_is_in_use_and_no_older_report_frees_it()
    {
        var (provider, site) = await Site();
        var (tenant, tenantId) = await host.Tenant();
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        var begun = DateTime.UtcNow;
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        machine.State = "Failed/Discovery";
        await _world.Page(site, [machine], begun);
        var held = (await provider.Get($"machine/{machine.Id.Id}")).Is(200);
        Assert.Equal("InUse", held["status"].Text());
        Assert.Equal(instance, held["instanceId"].Id());
        Assert.Equal(tenantId, held["tenantId"].Id());
        Assert.Equal(tenant.Org, held["tenant"]!["org"].Text());

        // The site has not heard of the instance yet: the machine is not free for all that.
        machine.State = "Ready";
        await _world.Round(site, [machine]);
        Assert.Equal("InUse", (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["status"].Text());
        machine.State = "Assigned/Ready";
        await _world.Round(site, [machine]);
        Assert.Equal(["InUse", "Ready"], Statuses((await provider.Get($"machine/{machine.Id.Id}")).Is(200)));

        // Missing does not free it either.
        await _world.Round(site, []);
        var missing = (await provider.Get($"machine/{machine.Id.Id}")).Is(200);
        Assert.Equal("Error", missing["status"].Text());
        Assert.Equal(instance, missing["instanceId"].Id());
    }

    [Fact]
    public async Task A_released_machine_is_Reset_until_its_site_says_Ready()
    {
        var (provider, site) = await Site();
        var (_, tenantId) = await host.Tenant();
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        machine.State = "Assigned/Ready";
        await _world.Round(site, [machine]);
        var begun = DateTime.UtcNow;
        await _world.Release(machine.Id.Id, instance, needsReset: true);
        machine.State = "Ready";
        await _world.Page(site, [machine], begun);
        await Is("Reset");

        foreach (var state in new[] { "Assigned/Terminating", "WaitingForCleanup/HostCleanup { }", "BomValidating/MatchingSku(x)", "MachineValidation { }" })
        {
            machine.State = state;
            await _world.Round(site, [machine]);
            await Is("Reset");
        }

        machine.State = "Failed/NVMECleanFailed";
        await _world.Round(site, [machine]);
        await Is("Error");
        machine.State = "HostInitializing/Discovered";
        await _world.Round(site, [machine]);
        await Is("Reset");
        machine.State = "Ready";
        await _world.Round(site, [machine]);
        var free = await Is("Ready");
        Assert.Null(free["instanceId"]);
        Assert.Null(free["tenantId"]);
        Assert.Equal(["Ready", "Reset", "Error", "Reset", "InUse", "Ready"], Statuses(free));

        // From now on what the site says counts as it is.
        machine.State = "BomValidating/MatchingSku(x)";
        await _world.Round(site, [machine]);
        await Is("Initializing");

        async Task<JsonNode> Is(string status)
        {
            var now = (await provider.Get($"machine/{machine.Id.Id}")).Is(200);
            Assert.Equal(status, now["status"].Text());
            return now;
        }
    }

    [Fact]
    public async Task A_machine_whose_report_does_not_change_during_a_reset_becomes_ready_with_the_next_report()
    {
        var (provider, site) = await Site();
        var (_, tenantId) = await host.Tenant();
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        await _world.Round(site, [machine]);
        await _world.Release(machine.Id.Id, instance, needsReset: true);
        Assert.Equal("Reset", (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["status"].Text());
        await _world.Round(site, [machine]);
        Assert.Equal("Ready", (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["status"].Text());
    }

    [Fact]
    public async Task An_instance_that_never_reached_the_site_leaves_the_machine_ready_and_only_its_holder_frees_it()
    {
        var (provider, site) = await Site();
        var (_, tenantId) = await host.Tenant();
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        await _world.Release(machine.Id.Id, Guid.NewGuid(), needsReset: false);
        Assert.Equal("InUse", (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["status"].Text());
        await _world.Release(machine.Id.Id, instance, needsReset: false);
        await _world.Release(machine.Id.Id, instance, needsReset: false);
        var free = (await provider.Get($"machine/{machine.Id.Id}")).Is(200);
        Assert.Equal("Ready", free["status"].Text());
        Assert.Equal(["Ready", "InUse", "Ready"], Statuses(free));
    }

    [Fact]
    public async Task A_machine_stays_with_the_site_that_reported_it_first_until_that_lets_it_go()
    {
        var (provider, site) = await Site();
        var other = await HardwareWorld.Site(provider, "other");
        var (_, strange) = await Site();
        var machine = _world.Machine();
        await _world.Round(site, [machine]);
        Assert.Equal([machine.Id.Id], await _world.Round(other, [machine]));
        Assert.Equal(site, (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["siteId"].Id());
        await _world.Round(site, []);
        Assert.Equal([machine.Id.Id], await _world.Round(strange, [machine]));
        Assert.Equal([machine.Id.Id], await _world.Round(other, [machine]));
        Assert.Equal(site, (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["siteId"].Id());
        await _world.Sql("update hardware.machine set missing_since = now() - interval '25 hours' where id = @id", new { id = machine.Id.Id });
        (await provider.Delete($"machine/{machine.Id.Id}")).Is(202);
        Assert.Empty(await _world.Round(other, [machine]));
        var moved = (await provider.Get($"machine/{machine.Id.Id}")).Is(200);
        Assert.Equal(other, moved["siteId"].Id());
        Assert.Equal("Ready", moved["status"].Text());
    }

    [Fact]
    public async Task Of_more_machines_than_a_site_may_have_the_known_ones_are_kept_whatever_else_it_lists()
    {
        var (provider, site) = await Site();
        Machine[] known = [_world.Machine(), _world.Machine()];
        await _world.Round(site, known, most: 3);
        for (var i = 0; i < 3; i++)
        {
            Machine[] others = [_world.Machine(), _world.Machine()];
            await _world.Round(site, [.. known, .. others], most: 3);
            Assert.Equal(3, await _world.Read<int>("select count(*)::integer from hardware.machine where site_id = @site", new { site }));
        }

        Assert.All(known, async machine => Assert.Equal("Ready", (await provider.Get($"machine/{machine.Id.Id}")).Is(200)["status"].Text()));
    }

    [Fact]
    public async Task What_was_only_ever_reported_and_is_gone_is_forgotten_after_a_while_and_what_is_held_is_not()
    {
        var (provider, site) = await Site();
        var (_, tenantId) = await host.Tenant();
        var (gone, held) = (_world.Machine(), _world.Machine());
        await _world.Round(site, [gone, held]);
        await _world.Assign(held.Id.Id, tenantId);
        await _world.Round(site, []);
        await _world.Forget(site, DateTime.UtcNow.AddDays(-7));
        (await provider.Get($"machine/{gone.Id.Id}")).Is(200);
        await _world.Forget(site, DateTime.UtcNow.AddMinutes(1));
        (await provider.Get($"machine/{gone.Id.Id}")).Is(404);
        (await provider.Get($"machine/{held.Id.Id}")).Is(200);
    }

    [Fact]
    public async Task A_deleted_site_s_report_is_refused()
    {
        var (provider, site) = await Site();
        await _world.Sql("update hardware.site set deleted = now() where id = @site", new { site });
        await _world.Round(site, [_world.Machine()]);
        Assert.Empty((await provider.Get("machine")).Items());
        Assert.Equal("Pending", await _world.Read<string>("select status from hardware.site where id = @site", new { site }));
    }

    [Fact]
    public async Task Two_processes_may_apply_the_same_chunk_at_once()
    {
        var (provider, site) = await Site();
        var machines = Enumerable.Range(0, 50).Select(_ => Full(_world.Machine())).ToList();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _world.Page(site, machines)));
        machines.ForEach(machine => machine.State = "Failed/Discovery");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => _world.Page(site, i % 2 == 0 ? machines : [.. machines.AsEnumerable().Reverse()])));
        var page = await provider.Get("machine?pageSize=100&status=Error");
        Assert.Equal(50, page.Total);
        Assert.All(page.Items(), machine => Assert.Equal(2, machine!["machineInterfaces"]!.AsArray().Count));
    }

    private static string[] Statuses(JsonNode machine) => [.. machine["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text())];

    private static string[] Ids(Answer list) => [.. list.Items().Select(machine => machine!["id"].Text())];

    private async Task<(ApiClient Provider, Guid Site)> Site()
    {
        var (provider, _) = await host.Provider();
        return (provider, await HardwareWorld.Site(provider));
    }

    /// <summary>The version of the machine's row: it changes with every write.</summary>
    private Task<string> Row(Machine machine) => _world.Read<string>(
        """
        select machine.xmin::text || (select string_agg(xmin::text, ',' order by id) from hardware.machine_capability where machine_id = machine.id)
          || (select string_agg(xmin::text, ',' order by id) from hardware.machine_interface where machine_id = machine.id)
        from hardware.machine
        where id = @id
        """,
        new { id = machine.Id.Id });

    /// <summary>Fills in every kind of part.</summary>
    private Machine Full(Machine machine)
    {
        machine.BmcInfo = new BmcInfo { Ip = "10.0.0.9", Mac = "d0:8e:79:00:00:01", FirmwareVersion = "7.10" };
        machine.DiscoveryInfo.DmiData.BoardName = "H100 board";
        machine.DiscoveryInfo.Gpus.Add(new Gpu { Name = "H100", Serial = "1650000000001" });
        machine.DiscoveryInfo.NetworkInterfaces.Add(new NetworkInterface
        {
            MacAddress = "94:6d:ae:00:00:02",
            PciProperties = new PciDeviceProperties { Vendor = "Mellanox", NumaNode = 1, Slot = "0000:a1" },
        });
        machine.DiscoveryInfo.InfinibandInterfaces.Add(new InfinibandInterface { Guid = "946dae03002ac100" });
        machine.Interfaces.Add(new MachineInterface
        {
            Id = new MachineInterfaceId { Value = Guid.NewGuid().ToString() },
            SegmentId = new NetworkSegmentId { Value = _segment.ToString() },
            Hostname = "10-180-4-16",
            MacAddress = "94:6d:ae:00:00:01",
            Address = { "10.180.4.16" },
        });
        machine.Interfaces.Add(new MachineInterface
        {
            Id = new MachineInterfaceId { Value = Guid.NewGuid().ToString() },
            SegmentId = new NetworkSegmentId { Value = _segment.ToString() },
            AttachedDpuMachineId = new MachineId { Id = "fm100d1" },
            Hostname = "10-180-4-17",
            PrimaryInterface = true,
            MacAddress = "94:6d:ae:00:00:02",
            Address = { "10.180.4.17", "2001:db8::17" },
        });
        machine.Capabilities = new MachineCapabilitiesSet
        {
            Cpu = { new MachineCapabilityAttributesCpu { Name = "Xeon 8480CL", Count = 2, Vendor = "GenuineIntel", Cores = 56, Threads = 112 } },
            Gpu =
            {
                new MachineCapabilityAttributesGpu { Name = "H100", Count = 8, Capacity = "81559 MiB" },
                new MachineCapabilityAttributesGpu
                {
                    Name = "GB200", Count = 4, Capacity = "189471 MiB", Frequency = "2062 MHz", DeviceType = MachineCapabilityDeviceType.Nvlink,
                },
            },
            Memory = { new MachineCapabilityAttributesMemory { Name = "DDR5", Count = 1, Capacity = "2097152 MB" } },
            Storage = { new MachineCapabilityAttributesStorage { Name = "KCM6", Count = 8 }, new MachineCapabilityAttributesStorage { Name = "KCM6", Count = 2 } },
            Network =
            {
                new MachineCapabilityAttributesNetwork { Name = "X550", Count = 1, Vendor = "Intel" },
                new MachineCapabilityAttributesNetwork { Name = "BlueField-3", Count = 1, DeviceType = MachineCapabilityDeviceType.Dpu },
            },
            Infiniband = { new MachineCapabilityAttributesInfiniband { Name = "ConnectX-7", Count = 8, Vendor = "Mellanox", InactiveDevices = { 3, 1 } } },
            Dpu = { new MachineCapabilityAttributesDpu { Name = "DPU", Count = 1, HardwareRevision = "B1" } },
        };
        return machine;
    }
}
