using Grpc.Core;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class FaultTests
{
    [Fact]
    public async Task Down_and_up_again()
    {
        await using var site = await Start();
        var fault = site.Site.Faults.Add(Fault.Down(TimeSpan.FromMinutes(1)));
        await Refused(StatusCode.Unavailable, site.Core.VersionAsync(new()));
        await Refused(StatusCode.Unavailable, site.Core.CreateVpcAsync(new() { TenantOrganizationId = Org, Metadata = new() { Name = "never" } }));
        Assert.Equal(2, Assert.Single(site.Site.Faults.Active).Struck);
        Assert.Equal("f-1", fault.Id);
        site.Clock.Advance(TimeSpan.FromMinutes(1));
        await site.Core.VersionAsync(new());
        Assert.Empty(site.Site.Faults.Active);
        Assert.Empty(site.Site.Vpcs);
    }

    [Fact]
    public async Task A_fault_can_begin_later_and_be_removed_before_its_end()
    {
        await using var site = await Start();
        var fault = site.Site.Faults.Add(new() { Kind = FaultKind.Down, After = TimeSpan.FromSeconds(10), For = TimeSpan.FromHours(1) });
        await site.Core.VersionAsync(new());
        site.Clock.Advance(TimeSpan.FromSeconds(10));
        await Refused(StatusCode.Unavailable, site.Core.VersionAsync(new()));
        Assert.True(site.Site.Faults.Remove(fault.Id));
        Assert.False(site.Site.Faults.Remove(fault.Id));
        await site.Core.VersionAsync(new());
    }

    [Fact]
    public async Task Flapping_goes_down_and_up_in_turns()
    {
        await using var site = await Start();
        site.Site.Faults.Add(new() { Kind = FaultKind.Flapping, Period = TimeSpan.FromSeconds(20) });
        var up = new List<bool>();
        for (var turn = 0; turn < 4; turn++)
        {
            up.Add(await Up());
            site.Clock.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Equal([false, true, false, true], up);

        async Task<bool> Up()
        {
            try
            {
                await site.Core.VersionAsync(new());
                return true;
            }
            catch (RpcException refusal) when (refusal.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Refuse_strikes_one_rpc_so_often_and_leaves_nothing()
    {
        await using var site = await Start();
        site.Site.Faults.Add(Fault.Refuse("CreateVpc", StatusCode.ResourceExhausted, count: 2, message: "no VNI left"));
        var request = new VpcCreationRequest { TenantOrganizationId = Org, Metadata = new() { Name = "third time" } };
        Assert.Equal("no VNI left", await Refused(StatusCode.ResourceExhausted, site.Core.CreateVpcAsync(request)));
        await site.Core.FindVpcIdsAsync(new());
        await Refused(StatusCode.ResourceExhausted, site.Core.CreateVpcAsync(request));
        await site.Core.CreateVpcAsync(request);
        Assert.Single(site.Site.Vpcs);
        Assert.Equal(1, site.Site.AcceptedCalls["CreateVpc"]);
        Assert.Equal(3, site.Site.ReceivedCalls["CreateVpc"]);
        Assert.Empty(site.Site.Faults.Active);
    }

    [Fact]
    public async Task A_fault_can_aim_at_a_kind_or_at_one_object()
    {
        await using var site = await Start();
        var one = await site.Vpc();
        var other = await site.Vpc();
        site.Site.Faults.Add(new() { Kind = FaultKind.Refuse, Target = one.Id.Value, Code = StatusCode.Aborted });
        await Refused(StatusCode.Aborted, site.Core.DeleteVpcAsync(new() { Id = one.Id }));
        await Refused(StatusCode.Aborted, site.Core.CreateVpcPrefixAsync(new() { VpcId = one.Id, Config = new() { Prefix = "10.1.0.0/24" }, Metadata = new() { Name = "in it" } }));
        await site.Core.DeleteVpcAsync(new() { Id = other.Id });

        site.Site.Faults.Clear();
        site.Site.Faults.Add(new() { Kind = FaultKind.Unsupported, Resource = "segment" });
        await Refused(StatusCode.Unimplemented, site.Core.FindNetworkSegmentIdsAsync(new()));
        await site.Core.FindVpcIdsAsync(new());
    }

    [Fact]
    public async Task A_percentage_strikes_the_same_calls_in_every_run()
    {
        var runs = new List<string>();
        for (var run = 0; run < 2; run++)
        {
            await using var site = await Start();
            site.Site.Faults.Add(new() { Kind = FaultKind.Refuse, Rpc = "Version", Percent = 30, Code = StatusCode.Unknown });
            var struck = "";
            for (var call = 0; call < 60; call++)
            {
                try
                {
                    await site.Core.VersionAsync(new());
                    struck += ".";
                }
                catch (RpcException)
                {
                    struck += "x";
                }
            }

            runs.Add(struck);
        }

        Assert.Equal(runs[0], runs[1]);
        Assert.InRange(runs[0].Count(c => c == 'x'), 8, 30);
    }

    [Fact]
    public async Task A_lost_answer_is_applied_once()
    {
        await using var site = await Start();
        var id = Guid.NewGuid().ToString();
        var request = new VpcCreationRequest { Id = new() { Value = id }, TenantOrganizationId = Org, Metadata = new() { Name = "lost" } };
        site.Site.Faults.Add(Fault.LostAnswer("CreateVpc"));
        await Refused(StatusCode.DeadlineExceeded, site.Core.CreateVpcAsync(request));
        Assert.Equal(id, Assert.Single(site.Site.Vpcs).Id.Value);
        await Refused(StatusCode.Internal, site.Core.CreateVpcAsync(request));
        Assert.Single((await site.Core.FindVpcsByIdsAsync(new() { VpcIds = { request.Id } })).Vpcs);
        Assert.Equal(1, site.Site.AcceptedCalls["CreateVpc"]);
    }

    [Fact]
    public async Task A_lost_answer_can_break_the_connection()
    {
        await using var site = await Start();
        site.Site.Faults.Add(Fault.LostAnswer("CreateTenant", cut: true));
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
            await site.Core.CreateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Demo" } }));
        Assert.Contains(refusal.StatusCode, (StatusCode[])[StatusCode.Unavailable, StatusCode.Internal, StatusCode.Cancelled, StatusCode.Unknown]);
        Assert.NotEqual("The answer was lost on purpose.", refusal.Status.Detail);
        Assert.Single(site.Site.Tenants);
        await site.Core.VersionAsync(new());
    }

    [Fact]
    public async Task A_black_hole_answers_nobody_and_changes_nothing()
    {
        await using var site = await Start();
        site.Site.Faults.Add(new() { Kind = FaultKind.BlackHole, Rpc = "CreateTenant", Count = 1 });
        var request = new CreateTenantRequest { OrganizationId = Org, Metadata = new() { Name = "Demo" } };
        await Refused(StatusCode.DeadlineExceeded, site.Core.CreateTenantAsync(request, deadline: DateTime.UtcNow.AddMilliseconds(300)));
        Assert.Empty(site.Site.Tenants);
        await site.Core.CreateTenantAsync(request);
    }

    [Fact]
    public async Task Slow_calls_wait_for_the_clock_and_are_dropped_when_the_caller_gave_up()
    {
        await using var site = await Start();
        site.Site.Faults.Add(Fault.Slow(TimeSpan.FromSeconds(5), "CreateVpc"));
        var slow = site.Vpc();
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.False(slow.IsCompleted);
        Assert.Empty(site.Site.Vpcs);
        site.Clock.Advance(TimeSpan.FromSeconds(5));
        await slow;

        await Refused(StatusCode.DeadlineExceeded, site.Core.CreateVpcAsync(
            new() { TenantOrganizationId = Org, Metadata = new() { Name = "impatient" } }, deadline: DateTime.UtcNow.AddMilliseconds(200)));
        await Task.Delay(100, TestContext.Current.CancellationToken);
        site.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(site.Site.Vpcs);
    }

    [Fact]
    public async Task A_call_delivered_twice_is_carried_out_once()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        site.Site.Faults.Add(Fault.Duplicate("AllocateInstance"));
        var order = site.Order(site.FreeMachine(), On(prefix));
        await site.Core.AllocateInstanceAsync(order);
        Assert.Single(site.Site.Instances);
        Assert.Equal([StatusCode.OK, StatusCode.InvalidArgument], site.Site.Calls.Where(call => call.Rpc == "AllocateInstance").Select(call => call.Code).Order());

        site.Site.Faults.Add(new() { Kind = FaultKind.Duplicate, Rpc = "ReleaseInstance", Count = 1, Delay = TimeSpan.FromMinutes(2) });
        site.Clock.Advance(TimeSpan.FromMinutes(10));
        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        await Task.Delay(100, TestContext.Current.CancellationToken);
        site.Clock.Advance(TimeSpan.FromMinutes(3));
        await Eventually(async () => site.Site.RepeatedCalls.GetValueOrDefault("ReleaseInstance") == 1);
        Assert.Equal(1, site.Site.AcceptedCalls["ReleaseInstance"]);
        Assert.Equal(TenantState.Terminating, Assert.Single(site.Site.Instances).Status.Tenant.State);
    }

    [Fact]
    public async Task A_round_of_reading_can_lack_a_chunk_or_some_objects()
    {
        await using var site = await Start(options => options with { MaxFindByIds = 10 });
        site.Site.Faults.Add(new() { Kind = FaultKind.ChunkFails, Resource = "machine", Chunk = 3 });
        for (var round = 0; round < 2; round++)
        {
            var codes = await Round(site);
            Assert.Equal([StatusCode.OK, StatusCode.OK, StatusCode.Unavailable, StatusCode.OK], codes.Select(chunk => chunk.Code));
        }

        site.Site.Faults.Clear();
        var missing = site.Site.MachineIds[4];
        site.Site.Faults.Add(new() { Kind = FaultKind.ObjectsMissing, Resource = "machine", Target = missing });
        Assert.Equal(35, (await Round(site)).Sum(chunk => chunk.Machines));
        site.Site.Faults.Add(new() { Kind = FaultKind.ObjectsMissing, Resource = "machine", Percent = 50 });
        Assert.InRange((await Round(site)).Sum(chunk => chunk.Machines), 8, 28);
        site.Site.Faults.Clear();
        Assert.Equal(36, (await Round(site)).Sum(chunk => chunk.Machines));
    }

    [Fact]
    public async Task Lists_of_ids_can_be_empty_doubled_or_name_strangers()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        site.Site.Faults.Add(new() { Kind = FaultKind.EmptyInventory, Resource = "vpc", Count = 1 });
        Assert.Empty((await site.Core.FindVpcIdsAsync(new())).VpcIds);
        Assert.Equal([vpc.Id], (await site.Core.FindVpcIdsAsync(new())).VpcIds);

        site.Site.Faults.Add(new() { Kind = FaultKind.DuplicateIds });
        site.Site.Faults.Add(new() { Kind = FaultKind.UnknownIds });
        Assert.Equal([vpc.Id.Value, vpc.Id.Value, Guid.Empty.ToString()], (await site.Core.FindVpcIdsAsync(new())).VpcIds.Select(id => id.Value));
        Assert.Equal(73, (await site.Core.FindMachineIdsAsync(new())).MachineIds.Count);
    }

    [Fact]
    public async Task A_lost_machine_is_gone_and_comes_back()
    {
        await using var site = await Start();
        var id = site.FreeMachine();
        var fault = site.Site.Faults.Add(Fault.Lose("machine", id));
        Assert.DoesNotContain(id, (await site.Core.FindMachineIdsAsync(new())).MachineIds.Select(machine => machine.Id));
        Assert.Empty((await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { new MachineId { Id = id } } })).Machines);
        await Refused(StatusCode.NotFound, site.Core.AllocateInstanceAsync(site.Order(id, On(await site.Prefix()))));
        site.Site.Faults.Remove(fault.Id);
        Assert.Equal("Ready", (await site.ReadMachine(id)).State);
    }

    [Fact]
    public async Task Lost_objects_are_unknown_until_they_come_back()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        var prefix = await site.Prefix(vpc);
        var segment = await site.Segment(vpc);
        var up = await site.Up(site.Order(site.FreeMachine(), On(prefix)));
        foreach (var (resource, id) in (ReadOnlySpan<(string, string)>)[("vpc", vpc.Id.Value), ("vpc-prefix", prefix.Id.Value), ("segment", segment.Id.Value), ("instance", up.Id.Value)])
        {
            site.Site.Faults.Add(Fault.Lose(resource, id));
        }

        Assert.Empty((await site.Core.FindVpcIdsAsync(new())).VpcIds);
        Assert.Empty((await site.Core.SearchVpcPrefixesAsync(new())).VpcPrefixIds);
        Assert.Empty((await site.Core.FindNetworkSegmentIdsAsync(new())).NetworkSegmentsIds);
        Assert.Empty((await site.Core.FindInstanceIdsAsync(new())).InstanceIds);
        await Refused(StatusCode.NotFound, site.Core.DeleteVpcAsync(new() { Id = vpc.Id }));
        await Refused(StatusCode.Internal, site.Core.DeleteVpcPrefixAsync(new() { Id = prefix.Id }));
        await Refused(StatusCode.NotFound, site.Core.DeleteNetworkSegmentAsync(new() { Id = segment.Id }));
        await Refused(StatusCode.NotFound, site.Core.ReleaseInstanceAsync(new() { Id = up.Id }));

        site.Site.Faults.Clear();
        Assert.Equal(up, await site.Read(up.Id));
        Assert.Equal(vpc.Status, site.Site.Vpc(vpc.Id.Value)!.Status);
    }

    [Fact]
    public async Task An_object_made_again_replaces_the_lost_one()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        var prefix = await site.Prefix(vpc);
        site.Site.Faults.Add(Fault.Lose("vpc", vpc.Id.Value));
        site.Site.Faults.Add(Fault.Lose("vpc-prefix", prefix.Id.Value));
        await site.Vpc(id: vpc.Id.Value, name: "again");
        await site.Prefix(vpc, id: prefix.Id.Value);
        Assert.Empty(site.Site.Faults.Active);
        Assert.Equal("again", Assert.Single(site.Site.Vpcs).Name);
        Assert.Single(site.Site.VpcPrefixes);
    }

    [Theory]
    [InlineData("Init")]
    [InlineData("NetworkConfig")]
    [InlineData("Reboot")]
    [InlineData(null)]
    public async Task An_instance_fails_in_a_phase_and_can_only_be_released(string? phase)
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        site.Site.Faults.Add(Fault.FailInstance(phase: phase, message: "BMC does not answer"));
        var order = site.Order(site.FreeMachine(), On(prefix));
        await site.Core.AllocateInstanceAsync(order);
        site.Clock.Advance(TimeSpan.FromMinutes(30));
        var failed = await site.Read(order.InstanceId);
        Assert.Equal((TenantState.Failed, "BMC does not answer"), (failed.Status.Tenant.State, failed.Status.Tenant.StateDetails));
        Assert.StartsWith("Assigned/Failed {", (await site.ReadMachine(order.MachineId.Id)).State, StringComparison.Ordinal);
        var healthy = await site.Up(site.Order(site.FreeMachine(), On(prefix)));
        Assert.Equal(TenantState.Ready, healthy.Status.Tenant.State);

        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        site.Clock.Advance(TimeSpan.FromMinutes(40));
        Assert.Equal("Ready", (await site.ReadMachine(order.MachineId.Id)).State);
        Assert.Single(site.Site.Instances);
    }

    [Theory]
    [InlineData("NetworkConfig", TenantState.Provisioning)]
    [InlineData("PhoneHome", TenantState.Provisioning)]
    [InlineData("Discovery", TenantState.Terminating)]
    public async Task A_stuck_instance_goes_on_when_the_fault_is_removed(string phase, TenantState state)
    {
        await using var site = await Start();
        var fault = site.Site.Faults.Add(Fault.HoldInstance(phase: phase));
        var order = site.Order(site.FreeMachine(), On(await site.Prefix()));
        order.Config.Os.PhoneHomeEnabled = true;
        await site.Core.AllocateInstanceAsync(order);
        if (state == TenantState.Terminating)
        {
            await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        }

        site.Clock.Advance(TimeSpan.FromHours(5));
        Assert.Equal(state, (await site.Read(order.InstanceId)).Status.Tenant.State);
        Assert.Equal(phase != "PhoneHome", (await site.ReadMachine(order.MachineId.Id)).StateSla.TimeInStateAboveSla);
        site.Site.Faults.Remove(fault.Id);
        site.Clock.Advance(TimeSpan.FromMinutes(40));
        Assert.Equal(state == TenantState.Terminating ? [] : [TenantState.Ready], site.Site.Instances.Select(instance => instance.Status.Tenant.State));
    }

    [Fact]
    public async Task A_hold_that_ends_by_itself_lets_go_at_that_moment()
    {
        await using var site = await Start();
        site.Site.Faults.Add(new() { Kind = FaultKind.InstanceStuck, Phase = "NetworkConfig", For = TimeSpan.FromHours(1) });
        var order = site.Order(site.FreeMachine(), On(await site.Prefix()));
        await site.Core.AllocateInstanceAsync(order);
        site.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(TenantState.Provisioning, (await site.Read(order.InstanceId)).Status.Tenant.State);
        site.Clock.Advance(TimeSpan.FromMinutes(8));
        Assert.Equal(TenantState.Ready, (await site.Read(order.InstanceId)).Status.Tenant.State);
    }

    [Fact]
    public async Task A_change_of_network_can_stay_untaken()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var up = await site.Up(site.Order(site.FreeMachine(), On(prefix)));
        var fault = site.Site.Faults.Add(new() { Kind = FaultKind.NeverSynced, Target = up.Id.Value });
        var change = new InstanceConfigUpdateRequest { InstanceId = up.Id, Config = up.Config.Clone() };
        change.Config.Network.Interfaces.Add(On(prefix, function: 1));
        await site.Core.UpdateInstanceConfigAsync(change);
        site.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TenantState.Configuring, (await site.Read(up.Id)).Status.Tenant.State);
        site.Site.Faults.Remove(fault.Id);
        Assert.Equal(TenantState.Ready, (await site.Read(up.Id)).Status.Tenant.State);
    }

    [Fact]
    public async Task Thin_status_lacks_interfaces_and_parts()
    {
        await using var site = await Start();
        var up = await site.Up(site.Order(site.FreeMachine(), On(await site.Prefix())));
        var fault = site.Site.Faults.Add(new() { Kind = FaultKind.ThinStatus });
        var thin = await site.Read(up.Id);
        Assert.Empty(thin.Status.Network.Interfaces);
        Assert.Null(thin.Status.Infiniband);
        Assert.Null(thin.Status.Nvlink);
        site.Site.Faults.Remove(fault.Id);
        Assert.Equal(up, await site.Read(up.Id));
    }

    [Fact]
    public async Task Machines_alert_fail_and_update_while_the_fault_lasts()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var id = site.FreeMachine();
        var order = site.Order(id, On(prefix));

        var alert = site.Site.Faults.Add(Fault.Alert(id, "PreventAllocations", "Hardware"));
        Assert.Equal(["PreventAllocations", "Hardware"], (await site.ReadMachine(id)).Health.Alerts.Single(a => a.Target == "Sys_Inlet_Temp").Classifications);
        await Refused(StatusCode.FailedPrecondition, site.Core.AllocateInstanceAsync(order));
        site.Site.Faults.Remove(alert.Id);

        var failure = site.Site.Faults.Add(new() { Kind = FaultKind.MachineFails, Target = id, Message = "MeasurementsRevoked" });
        Assert.Equal("Failed/MeasurementsRevoked", (await site.ReadMachine(id)).State);
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(order));
        site.Site.Faults.Remove(failure.Id);

        var update = site.Site.Faults.Add(new() { Kind = FaultKind.MachineUpdating, Target = id });
        var updating = await site.ReadMachine(id);
        Assert.StartsWith("Reprovisioning/", updating.State, StringComparison.Ordinal);
        Assert.Contains(updating.Health.Alerts, a => a.Id == "HostUpdateInProgress" && a.Target == "DpuFirmware");
        site.Site.Faults.Remove(update.Id);

        await site.Core.AllocateInstanceAsync(order);
    }

    [Fact]
    public async Task Odd_data_is_what_a_reader_must_survive()
    {
        await using var site = await Start();
        var id = site.FreeMachine();
        var before = await site.ReadMachine(id);
        var fault = site.Site.Faults.Add(new() { Kind = FaultKind.OddData, Target = id });
        var odd = await site.ReadMachine(id);
        Assert.Equal(("", "not a uuid", (MachineType)77), (odd.State, odd.InstanceTypeId, odd.MachineType));
        Assert.Null(odd.Interfaces[0].Id);
        Assert.True(odd.CalculateSize() > 200_000);
        site.Site.Faults.Remove(fault.Id);
        Assert.Equal(before, await site.ReadMachine(id));
    }

    [Fact]
    public async Task A_failed_machine_can_be_repaired_at_once()
    {
        await using var site = await Start();
        foreach (var id in site.Site.MachineIds.Except(site.Site.FreeMachineIds).Where(id => site.Site.Machine(id)!.MaintenanceStartTime is null).ToList())
        {
            site.Site.Faults.Add(new() { Kind = FaultKind.MachineRepaired, Target = id });
        }

        Assert.Equal(36, site.Site.MachinesByState["Ready"]);
        Assert.Empty(site.Site.Faults.Active);
    }

    [Fact]
    public async Task Objects_drift_and_appear_by_hand()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        site.Site.Faults.Add(new()
        {
            Kind = FaultKind.Drift,
            Resource = "vpc",
            Target = vpc.Id.Value,
            Name = "renamed by hand",
            Labels = new Dictionary<string, string> { ["who"] = "operator" },
        });
        var drifted = site.Site.Vpc(vpc.Id.Value)!;
        Assert.Equal(("renamed by hand", "operator"), (drifted.Name, drifted.Metadata.Labels.Single().Value));
        Assert.NotEqual(vpc.Version, drifted.Version);

        var network = site.Site.Faults.Add(new() { Kind = FaultKind.ObjectAppears, Resource = "vpc", Tenant = "strangers" });
        var prefix = site.Site.Faults.Add(new() { Kind = FaultKind.ObjectAppears, Resource = "vpc-prefix", Parent = network.Target, Network = "10.77.0.0/24" });
        var machine = site.FreeMachine();
        var instance = site.Site.Faults.Add(new() { Kind = FaultKind.ObjectAppears, Resource = "instance", Parent = machine, Network = prefix.Target });
        Assert.Equal("strangers", site.Site.Instance(instance.Target!)!.Config.Tenant.TenantOrganizationId);
        Assert.Equal(2, site.Site.Vpcs.Count);

        site.Site.Faults.Add(new() { Kind = FaultKind.Drift, Resource = "instance", Target = instance.Target, Name = "renamed too" });
        Assert.Equal("renamed too", site.Site.Instance(instance.Target!)!.Metadata.Name);
        site.Site.Faults.Clear();
        Assert.Empty(site.Site.Instances);
        Assert.Empty(site.Site.VpcPrefixes);
        Assert.Equal(vpc.Id, Assert.Single(site.Site.Vpcs).Id);
    }

    public static IEnumerable<TheoryDataRow<Fault>> Nonsense => new[]
    {
        new Fault { Kind = (FaultKind)999 },
        new Fault { Kind = FaultKind.Refuse, Rpc = "MakeCoffee" },
        new Fault { Kind = FaultKind.Refuse, Resource = "coffee" },
        new Fault { Kind = FaultKind.Refuse, Percent = 101 },
        new Fault { Kind = FaultKind.Refuse, Count = 0 },
        new Fault { Kind = FaultKind.Refuse, Code = StatusCode.OK },
        new Fault { Kind = FaultKind.Slow, Delay = TimeSpan.FromSeconds(-1) },
        new Fault { Kind = FaultKind.ChunkFails, Chunk = 0 },
        new Fault { Kind = FaultKind.InstanceFails, Phase = "Tea" },
        new Fault { Kind = FaultKind.ObjectLost, Resource = "vpc" },
        new Fault { Kind = FaultKind.ObjectLost, Target = "x" },
        new Fault { Kind = FaultKind.Drift, Resource = "vpc", Target = "unknown" },
        new Fault { Kind = FaultKind.MachineIngests, Target = "unknown" },
        new Fault { Kind = FaultKind.UpdateOffered, Target = "unknown" },
        new Fault { Kind = FaultKind.ObjectAppears, Resource = "machine" },
        new Fault { Kind = FaultKind.ObjectAppears, Resource = "vpc-prefix", Parent = "x" },
    }.Select(fault => new TheoryDataRow<Fault>(fault));

    [Theory]
    [MemberData(nameof(Nonsense), DisableDiscoveryEnumeration = true)]
    public async Task A_fault_that_makes_no_sense_is_not_added(Fault fault)
    {
        await using var site = await Start();
        Assert.Throws<ArgumentException>(() => site.Site.Faults.Add(fault));
        Assert.Empty(site.Site.Faults.Active);
        Assert.Equal("f-1", site.Site.Faults.Add(Fault.Down()).Id);
    }

    private static async Task<List<(StatusCode Code, int Machines)>> Round(TestSite site)
    {
        var outcomes = new List<(StatusCode, int)>();
        foreach (var chunk in (await site.Core.FindMachineIdsAsync(new())).MachineIds.Chunk(10))
        {
            try
            {
                outcomes.Add((StatusCode.OK, (await site.Core.FindMachinesByIdsAsync(new() { MachineIds = { chunk } })).Machines.Count));
            }
            catch (RpcException refusal)
            {
                outcomes.Add((refusal.StatusCode, 0));
            }
        }

        return outcomes;
    }
}
