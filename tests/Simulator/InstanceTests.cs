using Grpc.Core;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class InstanceTests
{
    private const string Dpu = "MT43244 BlueField-3 integrated ConnectX-7 network controller";

    public static TheoryData<string, StatusCode, Action<InstanceAllocationRequest>> Refusals => new()
    {
        { "no machine", StatusCode.InvalidArgument, request => request.MachineId = null },
        { "not a machine id", StatusCode.InvalidArgument, request => request.MachineId.Id = "host-1" },
        { "unknown machine", StatusCode.NotFound, request => request.MachineId.Id = "fm100ht" + new string('0', 52) },
        { "instance id no UUID", StatusCode.InvalidArgument, request => request.InstanceId.Value = "one" },
        { "other instance type", StatusCode.InvalidArgument, request => request.InstanceTypeId = "gb200" },
        { "no config", StatusCode.InvalidArgument, request => request.Config = null },
        { "no tenant", StatusCode.InvalidArgument, request => request.Config.Tenant = null },
        { "bad tenant", StatusCode.InvalidArgument, request => request.Config.Tenant.TenantOrganizationId = "a b" },
        { "no OS", StatusCode.InvalidArgument, request => request.Config.Os = null },
        { "empty script", StatusCode.InvalidArgument, request => request.Config.Os.Ipxe.IpxeScript = "" },
        { "image", StatusCode.InvalidArgument, request => request.Config.Os.OsImageId = new() { Value = Guid.Empty.ToString() } },
        { "no interface", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces.Clear() },
        { "auto and interfaces", StatusCode.InvalidArgument, request => request.Config.Network.Auto = true },
        { "auto on a host with DPU", StatusCode.InvalidArgument, request => request.Config.Network = new() { Auto = true } },
        { "no network", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0] = new() },
        { "unknown prefix", StatusCode.Internal, request => request.Config.Network.Interfaces[0].VpcPrefixId = new() { Value = Guid.NewGuid().ToString() } },
        { "unknown segment", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0].SegmentId = new() { Value = Guid.NewGuid().ToString() } },
        { "two segments", StatusCode.InvalidArgument, request => { request.Config.Network.Interfaces[0].SegmentId = new() { Value = Guid.NewGuid().ToString() }; request.Config.Network.Interfaces[0].NetworkSegmentId = new() { Value = Guid.NewGuid().ToString() }; } },
        { "other tenant's prefix", StatusCode.InvalidArgument, request => request.Config.Tenant.TenantOrganizationId = "other" },
        { "even address", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0].IpAddress = "10.1.0.4" },
        { "address elsewhere", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0].IpAddress = "10.2.0.5" },
        { "no address", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0].IpAddress = "five" },
        { "only a virtual function", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0].FunctionType = InterfaceFunctionType.VirtualFunction },
        { "physical function twice", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces.Add(request.Config.Network.Interfaces[0].Clone()) },
        { "function 17", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces.Add(new InstanceInterfaceConfig(request.Config.Network.Interfaces[0]) { FunctionType = InterfaceFunctionType.VirtualFunction, VirtualFunctionId = 17 }) },
        { "unknown device", StatusCode.InvalidArgument, request => request.Config.Network.Interfaces[0].Device = "eth0" },
        { "device instance 2", StatusCode.InvalidArgument, request => { request.Config.Network.Interfaces[0].Device = Dpu; request.Config.Network.Interfaces[0].DeviceInstance = 2; } },
        { "NSG", StatusCode.FailedPrecondition, request => request.Config.NetworkSecurityGroupId = "nsg" },
        { "DPU service", StatusCode.FailedPrecondition, request => request.Config.DpuExtensionServices = new() { ServiceConfigs = { new InstanceDpuExtensionServiceConfig { ServiceId = "s", Version = "V1" } } } },
        { "IB device", StatusCode.InvalidArgument, request => request.Config.Infiniband = new() { IbInterfaces = { new InstanceIBInterfaceConfig { Device = "ib0" } } } },
        { "IB partition", StatusCode.FailedPrecondition, request => request.Config.Infiniband = new() { IbInterfaces = { new InstanceIBInterfaceConfig { Device = "MT2910 Family [ConnectX-7]" } } } },
        { "IB VF", StatusCode.InvalidArgument, request => request.Config.Infiniband = new() { IbInterfaces = { new InstanceIBInterfaceConfig { Device = "MT2910 Family [ConnectX-7]", FunctionType = InterfaceFunctionType.VirtualFunction } } } },
        { "NVLink GPU", StatusCode.InvalidArgument, request => request.Config.Nvlink = new() { GpuConfigs = { new InstanceNVLinkGpuConfig { DeviceInstance = 4 } } } },
        { "NVLink partition", StatusCode.FailedPrecondition, request => request.Config.Nvlink = new() { GpuConfigs = { new InstanceNVLinkGpuConfig { DeviceInstance = 3 } } } },
        { "metadata", StatusCode.InvalidArgument, request => request.Metadata.Name = "x" },
    };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task What_a_controller_refuses_is_refused_and_takes_nothing(string what, StatusCode code, Action<InstanceAllocationRequest> spoil)
    {
        _ = what;
        await using var site = await Start();
        var prefix = await site.Prefix();
        var machine = site.FreeMachine();
        var request = site.Order(machine, On(prefix));
        spoil(request);
        await Refused(code, site.Core.AllocateInstanceAsync(request));
        Assert.Empty(site.Site.Instances);
        Assert.Contains(machine, site.Site.FreeMachineIds);
        Assert.Equal(128u, site.Site.VpcPrefix(prefix.Id.Value)!.Status.Available31Segments);
    }

    [Fact]
    public async Task The_same_request_again_is_invalid_and_there_is_one_instance()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var order = site.Order(site.FreeMachine(), On(prefix));
        await site.Core.AllocateInstanceAsync(order);
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(order));
        site.Clock.Advance(TimeSpan.FromMinutes(10));
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(order));
        Assert.Single(site.Site.Instances);

        order.MachineId.Id = site.FreeMachine();
        await Refused(StatusCode.Internal, site.Core.AllocateInstanceAsync(order));
        Assert.Equal(127u, site.Site.VpcPrefix(prefix.Id.Value)!.Status.Available31Segments);
    }

    [Fact]
    public async Task A_requested_odd_address_is_given_and_the_next_one_takes_the_first_free_linknet()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var wished = await site.Up(site.Order(site.FreeMachine(), On(prefix, address: "10.1.0.1"), On(prefix, function: 3), On(prefix, function: 16)));
        Assert.Equal([["10.1.0.1"], ["10.1.0.3"], ["10.1.0.5"]], wished.Status.Network.Interfaces.Select(port => port.Addresses));
        Assert.Equal([0u, 3u, 16u], wished.Status.Network.Interfaces.Select(port => port.VirtualFunctionId));
        Assert.Equal([false, true, true], wished.Status.Network.Interfaces.Select(port => port.HasVirtualFunctionId));
        Assert.Equal(3, wished.Status.Network.Interfaces.Select(port => port.MacAddress).Distinct().Count());
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(site.Order(site.FreeMachine(), On(prefix, address: "10.1.0.3"))));
        Assert.Equal(125u, site.Site.VpcPrefix(prefix.Id.Value)!.Status.Available31Segments);
    }

    [Fact]
    public async Task A_prefix_without_linknets_is_exhausted()
    {
        await using var site = await Start();
        var prefix = await site.Prefix(prefix: "10.1.0.0/31");
        await site.Core.AllocateInstanceAsync(site.Order(site.FreeMachine(), On(prefix)));
        await Refused(StatusCode.ResourceExhausted, site.Core.AllocateInstanceAsync(site.Order(site.FreeMachine(), On(prefix))));
    }

    [Fact]
    public async Task Both_dpus_of_a_host_carry_interfaces()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var first = On(prefix);
        (first.Device, first.DeviceInstance) = (Dpu, 0);
        var second = On(prefix);
        (second.Device, second.DeviceInstance) = (Dpu, 1);
        var up = await site.Up(site.Order(site.FreeMachine(), first, second));
        Assert.Equal([(Dpu, 0u), (Dpu, 1u)], up.Status.Network.Interfaces.Select(port => (port.Device, port.DeviceInstance)));
        var host = await site.ReadMachine(up.MachineId.Id);
        Assert.Equal(
            host.Interfaces.Where(port => port.AttachedDpuMachineId is not null).Select(port => port.MacAddress),
            up.Status.Network.Interfaces.Select(port => port.MacAddress));
    }

    [Fact]
    public async Task A_host_without_dpu_takes_the_network_as_it_is()
    {
        await using var site = await Start(options => options with { Layout = "h100-nvl=2" });
        var machine = site.FreeMachine();
        Assert.StartsWith("fm100hs", machine, StringComparison.Ordinal);
        var order = site.Order(machine);
        order.Config.Network.Auto = true;
        var up = await site.Up(order);
        var host = await site.ReadMachine(machine);
        Assert.Empty(up.Config.Network.Interfaces);
        Assert.Equal(host.Interfaces[0].Address, Assert.Single(up.Status.Network.Interfaces).Addresses);
        Assert.Equal(SyncState.Synced, up.Status.Network.ConfigsSynced);
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(site.Order(site.FreeMachine(), On(await site.Prefix()))));
    }

    [Fact]
    public async Task At_the_default_speed_an_instance_is_up_within_seven_seconds_even_with_phone_home()
    {
        await using var site = await Start(options => options with { Speed = 60 });
        var prefix = await site.Prefix();
        var orders = site.Site.FreeMachineIds.Select(machine => site.Order(machine, On(prefix))).ToList();
        foreach (var (order, i) in orders.Select((order, i) => (order, i)))
        {
            order.Config.Os.PhoneHomeEnabled = i % 2 == 0;
            await site.Core.AllocateInstanceAsync(order);
        }

        site.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.All(site.Site.Instances, instance => Assert.Equal(TenantState.Provisioning, instance.Status.Tenant.State));
        site.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.All(site.Site.Instances, instance => Assert.Equal(TenantState.Ready, instance.Status.Tenant.State));
        Assert.Equal(33, site.Site.Instances.Count);
    }

    [Fact]
    public async Task At_infinite_speed_everything_is_over_at_the_next_look()
    {
        await using var site = await Start(options => options with { Speed = double.PositiveInfinity });
        var order = site.Order(site.FreeMachine(), On(await site.Segment()));
        Assert.Equal(TenantState.Provisioning, (await site.Core.AllocateInstanceAsync(order)).Status.Tenant.State);
        Assert.Equal(TenantState.Ready, (await site.Read(order.InstanceId)).Status.Tenant.State);
        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        Assert.Empty((await site.Core.FindInstanceIdsAsync(new())).InstanceIds);
        Assert.Equal("Ready", (await site.ReadMachine(order.MachineId.Id)).State);
    }

    [Fact]
    public async Task A_network_change_is_pending_then_taken_and_untouched_interfaces_keep_their_addresses()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var up = await site.Up(site.Order(site.FreeMachine(), On(prefix), On(prefix, function: 1), On(prefix, function: 2)));
        var change = new InstanceConfigUpdateRequest { InstanceId = up.Id, Config = up.Config.Clone(), Metadata = up.Metadata, IfVersionMatch = up.ConfigVersion };
        change.Config.Network.Interfaces.RemoveAt(1);
        change.Config.Network.Interfaces.Add(On(prefix, function: 5));

        var changing = await site.Core.UpdateInstanceConfigAsync(change);
        Assert.Equal(TenantState.Configuring, changing.Status.Tenant.State);
        Assert.Equal(SyncState.Pending, changing.Status.Network.ConfigsSynced);
        Assert.Equal(3, changing.Status.Network.Interfaces.Count);
        Assert.NotEqual(up.NetworkConfigVersion, changing.NetworkConfigVersion);
        Assert.Equal(124u, site.Site.VpcPrefix(prefix.Id.Value)!.Status.Available31Segments);
        change.ClearIfVersionMatch();
        change.Config.Network.Interfaces.RemoveAt(1);
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateInstanceConfigAsync(change));

        site.Clock.Advance(TimeSpan.FromMinutes(1));
        var taken = await site.Read(up.Id);
        Assert.Equal(TenantState.Ready, taken.Status.Tenant.State);
        Assert.Equal([["10.1.0.1"], ["10.1.0.5"], ["10.1.0.7"]], taken.Status.Network.Interfaces.Select(port => port.Addresses));
        Assert.Equal(125u, site.Site.VpcPrefix(prefix.Id.Value)!.Status.Available31Segments);
    }

    [Fact]
    public async Task Other_changes_take_effect_at_once()
    {
        await using var site = await Start();
        var up = await site.Up(site.Order(site.FreeMachine(), On(await site.Prefix())));
        var change = new InstanceConfigUpdateRequest { InstanceId = up.Id, Config = up.Config.Clone(), Metadata = new() { Name = "renamed" } };
        change.Config.Os.UserData = "#!/bin/sh";
        var changed = await site.Core.UpdateInstanceConfigAsync(change);
        Assert.Equal(("renamed", TenantState.Ready, up.NetworkConfigVersion), (changed.Metadata.Name, changed.Status.Tenant.State, changed.NetworkConfigVersion));
        Assert.NotEqual(up.ConfigVersion, changed.ConfigVersion);
        Assert.Equal(up.Status.Network, changed.Status.Network);

        change.IfVersionMatch = up.ConfigVersion;
        await Refused(StatusCode.FailedPrecondition, site.Core.UpdateInstanceConfigAsync(change));
        change.ClearIfVersionMatch();
        change.Config.Tenant.TenantOrganizationId = "other";
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateInstanceConfigAsync(change));
        change.InstanceId = new() { Value = Guid.NewGuid().ToString() };
        await Refused(StatusCode.NotFound, site.Core.UpdateInstanceConfigAsync(change));
    }

    [Fact]
    public async Task The_network_changes_only_at_rest_and_nothing_while_released()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var order = site.Order(site.FreeMachine(), On(prefix));
        var instance = await site.Core.AllocateInstanceAsync(order);
        var change = new InstanceConfigUpdateRequest { InstanceId = instance.Id, Config = instance.Config.Clone() };
        await site.Core.UpdateInstanceConfigAsync(change);
        change.Config.Network.Interfaces.Add(On(prefix, function: 1));
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateInstanceConfigAsync(change));
        await site.Core.ReleaseInstanceAsync(new() { Id = instance.Id });
        change.Config.Network.Interfaces.RemoveAt(1);
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateInstanceConfigAsync(change));
    }

    [Fact]
    public async Task Release_works_while_provisioning_twice_and_not_for_an_unknown_instance()
    {
        await using var site = await Start();
        var order = site.Order(site.FreeMachine(), On(await site.Prefix()));
        await site.Core.AllocateInstanceAsync(order);
        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        Assert.Equal(TenantState.Terminating, (await site.Read(order.InstanceId)).Status.Tenant.State);
        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        site.Clock.Advance(TimeSpan.FromMinutes(40));
        Assert.Empty(site.Site.Instances);
        Assert.Contains(order.MachineId.Id, site.Site.FreeMachineIds);
        await Refused(StatusCode.NotFound, site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId }));
        await Refused(StatusCode.InvalidArgument, site.Core.ReleaseInstanceAsync(new()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reported_issue_keeps_the_machine_from_the_next_tenant(bool autoRepair)
    {
        await using var site = await Start(options => options with { AutoRepair = autoRepair });
        var prefix = await site.Prefix();
        var order = site.Order(site.FreeMachine(), On(prefix));
        await site.Core.AllocateInstanceAsync(order);
        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId, Issue = new() { Category = IssueCategory.Hardware, Summary = "GPU 3 fell off the bus", Details = "Xid 79" } });
        site.Clock.Advance(TimeSpan.FromHours(1));

        var machine = await site.ReadMachine(order.MachineId.Id);
        Assert.Equal("Ready", machine.State);
        var alert = machine.Health.Alerts.Single(alert => alert.Id == "TenantReportedIssue");
        Assert.Equal("GPU 3 fell off the bus", alert.TenantMessage);
        Assert.Contains("PreventAllocations", alert.Classifications);
        Assert.Equal(autoRepair, machine.HealthOverrides.Any(o => o.Source == "repair-request"));
        var next = site.Order(order.MachineId.Id, On(prefix));
        await Refused(StatusCode.FailedPrecondition, site.Core.AllocateInstanceAsync(next));

        next.AllowUnhealthyMachine = true;
        await site.Core.AllocateInstanceAsync(next);
        await site.Core.ReleaseInstanceAsync(new() { Id = next.InstanceId, IsRepairTenant = true });
        Assert.Empty((await site.ReadMachine(order.MachineId.Id)).HealthOverrides);
    }

    [Fact]
    public async Task A_plain_reboot_leaves_the_instance_ready_and_an_ipxe_reboot_configures_it()
    {
        await using var site = await Start();
        var up = await site.Up(site.Order(site.FreeMachine(), On(await site.Prefix())));
        var before = await site.ReadMachine(up.MachineId.Id);
        await site.Core.InvokeInstancePowerAsync(new() { MachineId = up.MachineId });
        Assert.Equal(TenantState.Ready, (await site.Read(up.Id)).Status.Tenant.State);
        var rebooting = await site.ReadMachine(up.MachineId.Id);
        Assert.Equal(site.Clock.GetUtcNow(), rebooting.LastRebootRequestedTime.ToDateTimeOffset());
        Assert.Equal(before.LastRebootTime, rebooting.LastRebootTime);
        site.Clock.Advance(TimeSpan.FromMinutes(8));
        Assert.True((await site.ReadMachine(up.MachineId.Id)).LastRebootTime > rebooting.LastRebootRequestedTime);

        await site.Core.InvokeInstancePowerAsync(new() { InstanceId = up.Id, MachineId = up.MachineId, BootWithCustomIpxe = true });
        Assert.Equal(TenantState.Configuring, (await site.Read(up.Id)).Status.Tenant.State);
        Assert.StartsWith("Assigned/HostPlatformConfiguration {", (await site.ReadMachine(up.MachineId.Id)).State, StringComparison.Ordinal);
        site.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(TenantState.Ready, (await site.Read(up.Id)).Status.Tenant.State);
    }

    [Fact]
    public async Task A_pending_update_is_applied_by_a_reboot_that_says_so()
    {
        await using var site = await Start();
        var up = await site.Up(site.Order(site.FreeMachine(), On(await site.Prefix())));
        site.Site.Faults.Add(new() { Kind = FaultKind.UpdateOffered, Target = up.Id.Value });
        Assert.False((await site.Read(up.Id)).Status.Update.UserApprovalReceived);
        await site.Core.InvokeInstancePowerAsync(new() { MachineId = up.MachineId });
        Assert.Equal(TenantState.Ready, (await site.Read(up.Id)).Status.Tenant.State);

        await site.Core.InvokeInstancePowerAsync(new() { MachineId = up.MachineId, ApplyUpdatesOnReboot = true });
        var updating = await site.Read(up.Id);
        Assert.Equal(TenantState.Updating, updating.Status.Tenant.State);
        Assert.True(updating.Status.Update.UserApprovalReceived);
        await Refused(StatusCode.Internal, site.Core.InvokeInstancePowerAsync(new() { MachineId = up.MachineId }));
        site.Clock.Advance(TimeSpan.FromHours(1));
        var updated = await site.Read(up.Id);
        Assert.Equal(TenantState.Ready, updated.Status.Tenant.State);
        Assert.Null(updated.Status.Update);
    }

    [Fact]
    public async Task Power_needs_an_instance_on_that_machine()
    {
        await using var site = await Start();
        var up = await site.Up(site.Order(site.FreeMachine(), On(await site.Prefix())));
        var free = new MachineId { Id = site.FreeMachine() };
        await Refused(StatusCode.InvalidArgument, site.Core.InvokeInstancePowerAsync(new() { MachineId = free }));
        await Refused(StatusCode.InvalidArgument, site.Core.InvokeInstancePowerAsync(new() { MachineId = free, InstanceId = up.Id }));
        await Refused(StatusCode.InvalidArgument, site.Core.InvokeInstancePowerAsync(new()));
        await Refused(StatusCode.NotFound, site.Core.InvokeInstancePowerAsync(new() { MachineId = new() { Id = "fm100ht" + new string('0', 52) } }));
        await Refused(StatusCode.NotFound, site.Core.InvokeInstancePowerAsync(new() { InstanceId = new() { Value = Guid.NewGuid().ToString() } }));
    }

    [Fact]
    public async Task Lists_filter_by_label_tenant_and_vpc()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var order = site.Order(site.FreeMachine(), On(prefix));
        order.Metadata.Labels.Add(new Label { Key = "role", Value = "head" });
        await site.Core.AllocateInstanceAsync(order);

        Assert.Equal([order.InstanceId], (await site.Core.FindInstanceIdsAsync(new() { VpcId = prefix.VpcId.Value })).InstanceIds);
        Assert.Equal([order.InstanceId], (await site.Core.FindInstanceIdsAsync(new() { TenantOrgId = Org, Label = new() { Key = "role", Value = "head" } })).InstanceIds);
        Assert.Empty((await site.Core.FindInstanceIdsAsync(new() { VpcId = Guid.NewGuid().ToString() })).InstanceIds);
        Assert.Empty((await site.Core.FindInstanceIdsAsync(new() { TenantOrgId = "other" })).InstanceIds);
        Assert.Empty((await site.Core.FindInstanceIdsAsync(new() { InstanceTypeId = "type" })).InstanceIds);
    }

    [Fact]
    public async Task A_hundred_orders_at_once_for_few_machines_have_one_winner_each_and_no_shared_address()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var machines = site.Site.FreeMachineIds.Take(10).ToList();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            try
            {
                await site.Core.AllocateInstanceAsync(site.Order(machines[i % 10], On(prefix), On(prefix, function: 1)));
                return StatusCode.OK;
            }
            catch (RpcException refusal)
            {
                return refusal.StatusCode;
            }
        }));
        Assert.Equal(10, outcomes.Count(code => code == StatusCode.OK));
        Assert.Equal(90, outcomes.Count(code => code == StatusCode.InvalidArgument));
        site.Clock.Advance(TimeSpan.FromMinutes(10));
        var addresses = site.Site.Instances.SelectMany(instance => instance.Status.Network.Interfaces).SelectMany(port => port.Addresses).ToList();
        Assert.Equal(20, addresses.Count);
        Assert.Equal(20, addresses.Distinct().Count());
    }
}
