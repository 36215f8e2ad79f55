using Grpc.Core;
using Nico.SiteProtocol.Forge;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class SegmentTests
{
    [Fact]
    public async Task A_segment_becomes_ready_after_some_seconds()
    {
        await using var site = await Start();
        var segment = await site.Segment();
        Assert.Equal(TenantState.Provisioning, segment.State);
        site.Clock.Advance(TimeSpan.FromSeconds(31));
        var ready = await Read(site, segment, history: true);
        Assert.Equal(TenantState.Ready, ready.State);
        Assert.Equal(9000, ready.Mtu);
        Assert.Equal([NetworkSegmentFlag.CanStretch], ready.Flags);
        Assert.Equal(["provisioning", "ready"], ready.History.Select(entry => entry.State));
        Assert.False(ready.StateSla.TimeInStateAboveSla);
        Assert.Equal(253u, Assert.Single(ready.Prefixes).FreeIpCount);
        Assert.Equal(0u, (await site.Core.FindNetworkSegmentsByIdsAsync(new() { NetworkSegmentsIds = { segment.Id } })).NetworkSegments[0].Prefixes[0].FreeIpCount);
    }

    [Fact]
    public async Task Instances_get_addresses_behind_the_reserved_ones()
    {
        await using var site = await Start();
        var segment = await site.Segment();
        var one = await site.Up(site.Order(site.FreeMachine(), On(segment), On(segment, function: 1)));
        Assert.Equal([["10.2.0.2"], ["10.2.0.3"]], one.Status.Network.Interfaces.Select(port => port.Addresses));
        Assert.All(one.Status.Network.Interfaces, port => Assert.Equal(["10.2.0.1/24"], port.Gateways));
        Assert.Equal(251u, (await Read(site, segment)).Prefixes[0].FreeIpCount);
        Assert.Equal(2, one.Status.Network.Interfaces.Select(port => port.MacAddress).Distinct().Count());

        var two = await site.Up(site.Order(site.FreeMachine(), On(segment)));
        Assert.Equal(["10.2.0.4"], two.Status.Network.Interfaces[0].Addresses);
    }

    [Fact]
    public async Task A_full_segment_is_exhausted()
    {
        await using var site = await Start();
        var segment = await site.Segment(prefix: "10.2.0.0/30", gateway: "10.2.0.1");
        await site.Core.AllocateInstanceAsync(site.Order(site.FreeMachine(), On(segment)));
        Assert.Equal(0u, (await Read(site, segment)).Prefixes[0].FreeIpCount);
        var free = site.FreeMachine();
        await Refused(StatusCode.ResourceExhausted, site.Core.AllocateInstanceAsync(site.Order(free, On(segment))));
        Assert.Contains(free, site.Site.FreeMachineIds);
    }

    [Fact]
    public async Task Deletion_waits_for_the_last_address_and_then_drains()
    {
        await using var site = await Start();
        var segment = await site.Segment();
        var order = site.Order(site.FreeMachine(), On(segment));
        await site.Up(order);
        await site.Core.DeleteNetworkSegmentAsync(new() { Id = segment.Id });
        await site.Core.DeleteNetworkSegmentAsync(new() { Id = segment.Id });
        site.Clock.Advance(TimeSpan.FromHours(1));
        var terminating = await Read(site, segment);
        Assert.Equal(TenantState.Terminating, terminating.State);
        Assert.NotNull(terminating.Deleted);
        Assert.True(terminating.StateSla.TimeInStateAboveSla);
        Assert.Contains("1 addresses", terminating.StateReason.OutcomeMsg, StringComparison.Ordinal);
        await Refused(StatusCode.InvalidArgument, site.Core.AllocateInstanceAsync(site.Order(site.FreeMachine(), On(segment))));

        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        while (site.Site.Instances.Count > 0)
        {
            site.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        site.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(2));
        Assert.NotNull(site.Site.Segment(segment.Id.Value));
        site.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(site.Site.Segment(segment.Id.Value));
        await Refused(StatusCode.NotFound, site.Core.DeleteNetworkSegmentAsync(new() { Id = segment.Id }));
    }

    [Fact]
    public async Task An_instance_waits_for_its_segment()
    {
        await using var site = await Start();
        var machine = site.FreeMachine();
        var segment = await site.Segment();
        await site.Core.AllocateInstanceAsync(site.Order(machine, On(segment)));
        site.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TenantState.Ready, (await Read(site, segment)).State);
        Assert.StartsWith("Assigned/", (await site.ReadMachine(machine)).State, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_fnn_vpcs_segment_has_an_svi_address_and_may_have_both_ip_versions()
    {
        await using var site = await Start();
        var segment = await site.Core.CreateNetworkSegmentAsync(new()
        {
            VpcId = (await site.Vpc()).Id,
            Name = "dual",
            Prefixes =
            {
                new NetworkPrefix { Prefix = "10.2.0.0/24", Gateway = "10.2.0.1", ReserveFirst = 2 },
                new NetworkPrefix { Prefix = "fd00:2::/64", Gateway = "fd00:2::1", ReserveFirst = 2 },
            },
        });
        Assert.Equal(["10.2.0.2", "fd00:2::2"], segment.Prefixes.Select(prefix => prefix.SviIp));
        Assert.Empty(segment.Flags);
        var up = await site.Up(site.Order(site.FreeMachine(), On(segment)));
        Assert.Equal(["10.2.0.3", "fd00:2::3"], up.Status.Network.Interfaces[0].Addresses);
    }

    public static TheoryData<string, StatusCode, Action<NetworkSegmentCreationRequest>> Refusals => new()
    {
        { "no name", StatusCode.InvalidArgument, request => request.Name = "" },
        { "no vpc", StatusCode.InvalidArgument, request => request.VpcId = null },
        { "unknown vpc", StatusCode.NotFound, request => request.VpcId = new() { Value = Guid.NewGuid().ToString() } },
        { "no prefix", StatusCode.InvalidArgument, request => request.Prefixes.Clear() },
        { "two of IPv4", StatusCode.InvalidArgument, request => request.Prefixes.Add(new NetworkPrefix { Prefix = "10.4.0.0/24" }) },
        { "not canonical", StatusCode.InvalidArgument, request => request.Prefixes[0].Prefix = "10.2.0.1/24" },
        { "outside the fabric", StatusCode.InvalidArgument, request => request.Prefixes[0].Prefix = "9.9.9.0/24" },
        { "gateway elsewhere", StatusCode.InvalidArgument, request => request.Prefixes[0].Gateway = "10.3.0.1" },
        { "gateway no address", StatusCode.InvalidArgument, request => request.Prefixes[0].Gateway = "gw" },
        { "negative reserve", StatusCode.InvalidArgument, request => request.Prefixes[0].ReserveFirst = -1 },
        { "MTU", StatusCode.InvalidArgument, request => request.Mtu = 100 },
        { "id", StatusCode.InvalidArgument, request => request.Id = new() { Value = "x" } },
        { "IPv6 without FNN", StatusCode.InvalidArgument, request => request.Prefixes.Add(new NetworkPrefix { Prefix = "fd00::/64" }) },
    };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task What_a_controller_refuses_is_refused(string what, StatusCode code, Action<NetworkSegmentCreationRequest> spoil)
    {
        _ = what;
        await using var site = await Start();
        var vpc = await site.Vpc(VpcVirtualizationType.EthernetVirtualizer);
        var request = new NetworkSegmentCreationRequest
        {
            VpcId = vpc.Id,
            Name = "a subnet",
            Prefixes = { new NetworkPrefix { Prefix = "10.2.0.0/24", Gateway = "10.2.0.1", ReserveFirst = 2 } },
        };
        spoil(request);
        await Refused(code, site.Core.CreateNetworkSegmentAsync(request));
        Assert.Empty(site.Site.Segments);
    }

    [Fact]
    public async Task A_used_id_is_internal_and_an_overlap_invalid()
    {
        await using var site = await Start();
        var segment = await site.Segment();
        await Refused(StatusCode.Internal, site.Core.CreateNetworkSegmentAsync(new() { Id = segment.Id, VpcId = segment.VpcId, Name = "x", Prefixes = { new NetworkPrefix { Prefix = "10.9.0.0/24" } } }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateNetworkSegmentAsync(new() { VpcId = segment.VpcId, Name = "x", Prefixes = { new NetworkPrefix { Prefix = "10.2.0.0/16" } } }));
    }

    [Fact]
    public async Task Lists_filter_by_name_and_tenant()
    {
        await using var site = await Start();
        var segment = await site.Segment();
        Assert.Equal([segment.Id], (await site.Core.FindNetworkSegmentIdsAsync(new() { Name = "a subnet", TenantOrgId = Org })).NetworkSegmentsIds);
        Assert.Empty((await site.Core.FindNetworkSegmentIdsAsync(new() { TenantOrgId = "other" })).NetworkSegmentsIds);
        Assert.Empty((await site.Core.FindNetworkSegmentIdsAsync(new() { Name = "other" })).NetworkSegmentsIds);
    }

    private static async Task<NetworkSegment> Read(TestSite site, NetworkSegment segment, bool history = false) =>
        (await site.Core.FindNetworkSegmentsByIdsAsync(new() { NetworkSegmentsIds = { segment.Id }, IncludeHistory = history, IncludeNumFreeIps = true })).NetworkSegments.Single();
}
