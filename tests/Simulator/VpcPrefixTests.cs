using Grpc.Core;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class VpcPrefixTests
{
    [Fact]
    public async Task A_prefix_counts_its_linknets()
    {
        await using var site = await Start();
        var prefix = await site.Prefix(prefix: "10.1.0.0/24");
        Assert.Equal((128u, 128u, 128ul, 128ul), (prefix.Status.Total31Segments, prefix.Status.Available31Segments, prefix.Status.TotalLinknetSegments, prefix.Status.AvailableLinknetSegments));
        Assert.Equal(("10.1.0.0/24", "10.1.0.0/24", "a prefix", "a prefix"), (prefix.Config.Prefix, prefix.Prefix, prefix.Name, prefix.Metadata.Name));

        var wide = await site.Prefix(prefix: "fd00:1::/48");
        Assert.Equal((uint.MaxValue, ulong.MaxValue), (wide.Status.Total31Segments, wide.Status.TotalLinknetSegments));
    }

    [Theory]
    [InlineData("10.1.0.1/24", StatusCode.InvalidArgument)]
    [InlineData("10.1.0.0", StatusCode.InvalidArgument)]
    [InlineData("10.1.0.0/33", StatusCode.InvalidArgument)]
    [InlineData("10.1/16", StatusCode.InvalidArgument)]
    [InlineData("nonsense/8", StatusCode.InvalidArgument)]
    [InlineData("", StatusCode.InvalidArgument)]
    [InlineData("10.1.0.0/32", StatusCode.InvalidArgument)]
    [InlineData("8.8.8.0/24", StatusCode.InvalidArgument)]
    [InlineData("0.0.0.0/0", StatusCode.InvalidArgument)]
    [InlineData("10.5.0.0/25", StatusCode.InvalidArgument)]
    [InlineData("10.4.0.0/15", StatusCode.InvalidArgument)]
    public async Task A_prefix_that_is_not_canonical_not_the_sites_or_not_free_is_refused(string prefix, StatusCode code)
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        await site.Prefix(vpc, "10.5.0.0/24");
        await Refused(code, site.Core.CreateVpcPrefixAsync(new() { VpcId = vpc.Id, Config = new() { Prefix = prefix }, Metadata = new() { Name = "bad" } }));
        Assert.Single(site.Site.VpcPrefixes);
    }

    [Fact]
    public async Task Prefixes_and_segments_do_not_overlap_in_the_whole_site()
    {
        await using var site = await Start();
        await site.Prefix(await site.Vpc(org: "one"), "10.1.0.0/24");
        await site.Segment(prefix: "10.2.0.0/24");
        var other = await site.Vpc(org: "two");
        await Refused(StatusCode.InvalidArgument, site.Core.CreateVpcPrefixAsync(new() { VpcId = other.Id, Config = new() { Prefix = "10.2.0.128/25" }, Metadata = new() { Name = "bad" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateNetworkSegmentAsync(new() { VpcId = other.Id, Name = "bad", Prefixes = { new NetworkPrefix { Prefix = "10.1.0.0/26" } } }));
    }

    [Fact]
    public async Task Ids_vpcs_and_ip_versions()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var ethernet = await site.Vpc(VpcVirtualizationType.EthernetVirtualizer);
        var request = new VpcPrefixCreationRequest { Id = prefix.Id, VpcId = prefix.VpcId, Config = new() { Prefix = "10.9.0.0/24" }, Metadata = new() { Name = "again" } };
        await Refused(StatusCode.Internal, site.Core.CreateVpcPrefixAsync(request));
        request.Id = null;
        request.VpcId = new() { Value = Guid.NewGuid().ToString() };
        await Refused(StatusCode.NotFound, site.Core.CreateVpcPrefixAsync(request));
        request.VpcId = null;
        await Refused(StatusCode.InvalidArgument, site.Core.CreateVpcPrefixAsync(request));
        request.VpcId = ethernet.Id;
        request.Config.Prefix = "fd00::/64";
        await Refused(StatusCode.InvalidArgument, site.Core.CreateVpcPrefixAsync(request));
        request.VpcId = prefix.VpcId;
        Assert.Equal("fd00::/64", (await site.Core.CreateVpcPrefixAsync(request)).Config.Prefix);
    }

    [Fact]
    public async Task The_deprecated_twins_of_prefix_and_name_are_understood()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        var prefix = await site.Core.CreateVpcPrefixAsync(new() { VpcId = vpc.Id, Prefix = "10.3.0.0/30", Name = "old style" });
        Assert.Equal(("10.3.0.0/30", "old style"), (prefix.Config.Prefix, prefix.Metadata.Name));
        await Refused(StatusCode.InvalidArgument, site.Core.CreateVpcPrefixAsync(new() { VpcId = vpc.Id, Prefix = "10.6.0.0/30", Config = new() { Prefix = "10.7.0.0/30" }, Name = "both" }));
    }

    [Fact]
    public async Task Update_renames_and_nothing_else()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        Assert.Equal("renamed", (await site.Core.UpdateVpcPrefixAsync(new() { Id = prefix.Id, Metadata = new() { Name = "renamed" } })).Name);
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateVpcPrefixAsync(new() { Id = prefix.Id, Prefix = "10.8.0.0/24", Metadata = new() { Name = "moved" } }));
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateVpcPrefixAsync(new() { Id = prefix.Id }));
        await Refused(StatusCode.Internal, site.Core.UpdateVpcPrefixAsync(new() { Id = new() { Value = Guid.NewGuid().ToString() }, Metadata = new() { Name = "none" } }));
    }

    [Fact]
    public async Task An_unknown_prefix_or_one_in_use_cannot_be_deleted_and_the_code_is_internal()
    {
        await using var site = await Start(options => options with { Speed = double.PositiveInfinity });
        var prefix = await site.Prefix();
        var order = site.Order(site.FreeMachine(), On(prefix));
        await site.Core.AllocateInstanceAsync(order);
        await Refused(StatusCode.Internal, site.Core.DeleteVpcPrefixAsync(new() { Id = prefix.Id }));

        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        Assert.Empty(site.Site.Instances);
        await site.Core.DeleteVpcPrefixAsync(new() { Id = prefix.Id });
        await Refused(StatusCode.Internal, site.Core.DeleteVpcPrefixAsync(new() { Id = prefix.Id }));
    }

    [Fact]
    public async Task Search_and_get()
    {
        await using var site = await Start(options => options with { MaxFindByIds = 3 });
        var a = await site.Prefix(prefix: "10.1.0.0/24");
        var b = await site.Prefix(prefix: "10.2.0.0/16");

        Assert.Equal(2, (await site.Core.SearchVpcPrefixesAsync(new())).VpcPrefixIds.Count);
        Assert.Equal([b.Id], (await site.Core.SearchVpcPrefixesAsync(new() { VpcId = b.VpcId })).VpcPrefixIds);
        Assert.Equal([a.Id], (await site.Core.SearchVpcPrefixesAsync(new() { PrefixMatch = "10.1.0.0/24" })).VpcPrefixIds);
        Assert.Equal([b.Id], (await site.Core.SearchVpcPrefixesAsync(new() { PrefixMatch = "10.2.3.0/24", PrefixMatchType = PrefixMatchType.PrefixContains })).VpcPrefixIds);
        Assert.Equal([a.Id], (await site.Core.SearchVpcPrefixesAsync(new() { PrefixMatch = "10.1.0.0/16", PrefixMatchType = PrefixMatchType.PrefixContainedBy })).VpcPrefixIds);
        Assert.Empty((await site.Core.GetVpcPrefixesAsync(new())).VpcPrefixes);
        Assert.Equal([a], (await site.Core.GetVpcPrefixesAsync(new() { VpcPrefixIds = { a.Id, new VpcPrefixId { Value = Guid.NewGuid().ToString() } } })).VpcPrefixes);
        await Refused(StatusCode.InvalidArgument, site.Core.GetVpcPrefixesAsync(new() { VpcPrefixIds = { a.Id, a.Id, a.Id, b.Id } }));
    }
}
