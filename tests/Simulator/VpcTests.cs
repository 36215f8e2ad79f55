using Grpc.Core;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using static Nico.Tests.Simulator.TestSite;
using Metadata = Nico.SiteProtocol.Forge.Metadata;

namespace Nico.Tests.Simulator;

public sealed class VpcTests
{
    [Fact]
    public async Task Own_id_and_a_vni_from_the_pool_come_back_in_answer_find_and_list()
    {
        await using var site = await Start();
        var id = Guid.CreateVersion7().ToString();

        var vpc = await site.Vpc(id: id);
        var found = (await site.Core.FindVpcsByIdsAsync(new() { VpcIds = { vpc.Id } })).Vpcs.Single();
        var listed = await site.Core.FindVpcIdsAsync(new());

        Assert.Equal(id, vpc.Id.Value);
        Assert.Equal(25_000u, vpc.Status.Vni);
        Assert.Equal(vpc.Status.Vni, vpc.DeprecatedVni);
        Assert.False(vpc.HasVni);
        Assert.Equal(vpc, found);
        Assert.Equal([vpc.Id], listed.VpcIds);
        Assert.Equal($"V1-T{Noon.ToUnixTimeMilliseconds()}000", vpc.Version);
    }

    [Fact]
    public async Task Without_id_one_is_generated_and_without_type_it_is_an_ethernet_virtualizer()
    {
        await using var site = await Start();
        var vpc = await site.Core.CreateVpcAsync(new() { TenantOrganizationId = Org, Metadata = new() { Name = "no id" } });
        Assert.True(Guid.TryParse(vpc.Id.Value, out _));
        Assert.Equal(VpcVirtualizationType.EthernetVirtualizer, vpc.NetworkVirtualizationType);
    }

    [Fact]
    public async Task An_id_in_capitals_is_the_same_id()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        var found = await site.Core.FindVpcsByIdsAsync(new() { VpcIds = { new VpcId { Value = vpc.Id.Value.ToUpperInvariant() } } });
        Assert.Equal(vpc, Assert.Single(found.Vpcs));
    }

    [Fact]
    public async Task A_used_id_is_an_internal_error_and_changes_nothing()
    {
        await using var site = await Start();
        var first = await site.Vpc();
        var detail = await Refused(StatusCode.Internal, site.Core.CreateVpcAsync(new()
        {
            Id = first.Id,
            TenantOrganizationId = Org,
            Metadata = new() { Name = "another" },
        }));
        Assert.Contains("duplicate key", detail, StringComparison.Ordinal);
        Assert.Equal(first, Assert.Single(site.Site.Vpcs));
    }

    public static TheoryData<string, StatusCode, VpcCreationRequest> Refusals => new()
    {
        { "no metadata, no name", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org } },
        { "names differ", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Name = "one", Metadata = new() { Name = "other" } } },
        { "name too short", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = new() { Name = "x" } } },
        { "name too long", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = new() { Name = new string('x', 257) } } },
        { "name not ASCII", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = new() { Name = "Münze" } } },
        { "description", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = new() { Name = "ok", Description = new string('d', 1025) } } },
        { "11 labels", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = Labelled([.. Enumerable.Range(0, 11).Select(i => ($"k{i}", "v"))]) } },
        { "label without key", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = Labelled(("", "v")) } },
        { "label key not ASCII", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = Labelled(("é", "v")) } },
        { "label value too long", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = Labelled(("k", new string('v', 256))) } },
        { "label twice", StatusCode.InvalidArgument, new() { TenantOrganizationId = Org, Metadata = Labelled(("k", "1"), ("k", "2")) } },
        { "no org", StatusCode.InvalidArgument, new() { Metadata = new() { Name = "ok" } } },
        { "org with blanks", StatusCode.InvalidArgument, new() { TenantOrganizationId = "my org", Metadata = new() { Name = "ok" } } },
        { "id not a UUID", StatusCode.InvalidArgument, new() { Id = new() { Value = "42" }, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "unknown type", StatusCode.InvalidArgument, new() { NetworkVirtualizationType = (VpcVirtualizationType)99, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "VNI not requestable", StatusCode.FailedPrecondition, new() { Vni = 65536, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "VNI 0", StatusCode.FailedPrecondition, new() { Vni = 0, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "NSG", StatusCode.FailedPrecondition, new() { NetworkSecurityGroupId = "nsg", TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "NVLink", StatusCode.FailedPrecondition, new() { DefaultNvlinkLogicalPartitionId = new() { Value = Guid.Empty.ToString() }, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "unknown profile", StatusCode.NotFound, new() { RoutingProfileType = "SECRET", NetworkVirtualizationType = VpcVirtualizationType.Fnn, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "profile without tenant", StatusCode.FailedPrecondition, new() { RoutingProfileType = "EXTERNAL", NetworkVirtualizationType = VpcVirtualizationType.Fnn, TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
        { "profile without FNN", StatusCode.InvalidArgument, new() { RoutingProfileType = "EXTERNAL", TenantOrganizationId = Org, Metadata = new() { Name = "ok" } } },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_a_controller_refuses_is_refused_and_leaves_nothing(string what, StatusCode code, VpcCreationRequest request)
    {
        _ = what;
        await using var site = await Start();
        await Refused(code, site.Core.CreateVpcAsync(request));
        Assert.Empty(site.Site.Vpcs);
        Assert.DoesNotContain("CreateVpc", site.Site.AcceptedCalls.Keys);
        Assert.Equal(1, site.Site.ReceivedCalls["CreateVpc"]);
    }

    [Fact]
    public async Task A_requested_vni_is_given_once()
    {
        await using var site = await Start();
        var request = new VpcCreationRequest { TenantOrganizationId = Org, Metadata = new() { Name = "wants" }, Vni = 4711 };
        var vpc = await site.Core.CreateVpcAsync(request);
        Assert.Equal((4711u, 4711u), (vpc.Vni, vpc.Status.Vni));
        await Refused(StatusCode.FailedPrecondition, site.Core.CreateVpcAsync(request));
    }

    [Fact]
    public async Task A_deleted_vpc_gives_its_vni_back_and_an_empty_pool_is_exhausted()
    {
        await using var site = await Start(options => options with { Vnis = 2 });
        var first = await site.Vpc();
        await site.Vpc();
        await Refused(StatusCode.ResourceExhausted, site.Core.CreateVpcAsync(new() { TenantOrganizationId = Org, Metadata = new() { Name = "third" } }));

        await site.Core.DeleteVpcAsync(new() { Id = first.Id });
        Assert.Equal(first.Status.Vni, (await site.Vpc()).Status.Vni);
        await Refused(StatusCode.NotFound, site.Core.DeleteVpcAsync(new() { Id = first.Id }));
    }

    [Fact]
    public async Task Routing_profiles_are_bounded_by_the_tenants()
    {
        await using var site = await Start(options => options with { TenantRoutingProfile = "INTERNAL" });
        await site.Core.CreateTenantAsync(new() { OrganizationId = Org, Metadata = new() { Name = "Demo" } });
        var request = new VpcCreationRequest
        {
            TenantOrganizationId = Org,
            Metadata = new() { Name = "routed" },
            NetworkVirtualizationType = VpcVirtualizationType.Fnn,
            RoutingProfileType = "INTERNAL",
        };
        Assert.Equal("INTERNAL", (await site.Core.CreateVpcAsync(request)).RoutingProfileType);
        request.RoutingProfileType = "PRIVILEGED_INTERNAL";
        await Refused(StatusCode.FailedPrecondition, site.Core.CreateVpcAsync(request));
    }

    [Fact]
    public async Task Update_replaces_the_metadata_and_a_label_with_an_empty_value_comes_back_without_one()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        site.Clock.Advance(TimeSpan.FromSeconds(1));
        var updated = (await site.Core.UpdateVpcAsync(new()
        {
            Id = vpc.Id,
            Metadata = Labelled(("a", "1"), ("empty", "")),
            NetworkSecurityGroupId = "",
            DefaultNvlinkLogicalPartitionId = new(),
            IfVersionMatch = vpc.Version,
        })).Vpc;

        Assert.Equal("labelled", updated.Name);
        Assert.StartsWith("V2-T", updated.Version, StringComparison.Ordinal);
        Assert.Equal(vpc.Created, updated.Created);
        Assert.NotEqual(vpc.Updated, updated.Updated);
        Assert.False(updated.Metadata.Labels.Single(label => label.Key == "empty").HasValue);
        Assert.Equal("1", updated.Metadata.Labels.Single(label => label.Key == "a").Value);

        await Refused(StatusCode.FailedPrecondition, site.Core.UpdateVpcAsync(new() { Id = vpc.Id, Metadata = new() { Name = "late" }, IfVersionMatch = vpc.Version }));
        await Refused(StatusCode.FailedPrecondition, site.Core.UpdateVpcAsync(new() { Id = vpc.Id, Metadata = new() { Name = "nsg" }, NetworkSecurityGroupId = "nsg" }));
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateVpcAsync(new() { Id = vpc.Id }));
        await Refused(StatusCode.NotFound, site.Core.UpdateVpcAsync(new() { Id = new() { Value = Guid.NewGuid().ToString() }, Metadata = new() { Name = "none" } }));
    }

    [Fact]
    public async Task Virtualization_changes_only_without_instances()
    {
        await using var site = await Start();
        var vpc = await site.Vpc(VpcVirtualizationType.EthernetVirtualizer);
        await site.Core.UpdateVpcVirtualizationAsync(new() { Id = vpc.Id, NetworkVirtualizationType = VpcVirtualizationType.Fnn });
        Assert.Equal(VpcVirtualizationType.Fnn, site.Site.Vpc(vpc.Id.Value)!.NetworkVirtualizationType);

        var order = site.Order(site.FreeMachine(), On(await site.Prefix(vpc)));
        await site.Core.AllocateInstanceAsync(order);
        await Refused(StatusCode.Internal, site.Core.UpdateVpcVirtualizationAsync(new() { Id = vpc.Id, NetworkVirtualizationType = VpcVirtualizationType.Flat }));
        await Refused(StatusCode.InvalidArgument, site.Core.UpdateVpcVirtualizationAsync(new() { Id = vpc.Id }));
        await Refused(StatusCode.NotFound, site.Core.UpdateVpcVirtualizationAsync(new() { Id = new() { Value = Guid.NewGuid().ToString() }, NetworkVirtualizationType = VpcVirtualizationType.Fnn }));
    }

    [Fact]
    public async Task Lists_filter_by_name_tenant_and_label()
    {
        await using var site = await Start();
        var a = await site.Vpc(name: "alpha");
        var b = await site.Vpc(name: "beta", org: "other-org");
        await site.Core.UpdateVpcAsync(new() { Id = b.Id, Metadata = Labelled(("tier", "gold")) });

        Assert.Equal([a.Id], (await site.Core.FindVpcIdsAsync(new() { Name = "alpha" })).VpcIds);
        Assert.Equal([b.Id], (await site.Core.FindVpcIdsAsync(new() { TenantOrgId = "other-org" })).VpcIds);
        Assert.Equal([b.Id], (await site.Core.FindVpcIdsAsync(new() { Label = new() { Key = "tier" } })).VpcIds);
        Assert.Empty((await site.Core.FindVpcIdsAsync(new() { Label = new() { Key = "tier", Value = "tin" } })).VpcIds);
    }

    [Fact]
    public async Task Reads_by_id_have_a_limit_refuse_nothing_at_all_and_leave_unknown_ids_out()
    {
        await using var site = await Start(options => options with { MaxFindByIds = 2 });
        var vpc = await site.Vpc();
        var unknown = new VpcId { Value = Guid.NewGuid().ToString() };

        Assert.Equal(vpc, Assert.Single((await site.Core.FindVpcsByIdsAsync(new() { VpcIds = { unknown, vpc.Id } })).Vpcs));
        await Refused(StatusCode.InvalidArgument, site.Core.FindVpcsByIdsAsync(new()));
        await Refused(StatusCode.InvalidArgument, site.Core.FindVpcsByIdsAsync(new() { VpcIds = { unknown, unknown, unknown } }));
        await Refused(StatusCode.InvalidArgument, site.Core.FindVpcsByIdsAsync(new() { VpcIds = { new VpcId { Value = "x" } } }));

        var config = (await site.Core.VersionAsync(new() { DisplayConfig = true })).RuntimeConfig;
        Assert.Equal(2u, config.MaxFindByIds);
        Assert.Equal("sim-test", config.Sitename);
        Assert.Contains("10.0.0.0/8", config.SiteFabricPrefixes);
        Assert.Null((await site.Core.VersionAsync(new())).RuntimeConfig);
    }

    [Fact]
    public async Task Deleting_a_vpc_looks_at_neither_prefixes_nor_segments()
    {
        await using var site = await Start();
        var vpc = await site.Vpc();
        var prefix = await site.Prefix(vpc);
        await site.Core.DeleteVpcAsync(new() { Id = vpc.Id });
        Assert.NotNull(site.Site.VpcPrefix(prefix.Id.Value));
    }

    private static Metadata Labelled(params (string Key, string Value)[] labels) => new()
    {
        Name = "labelled",
        Labels = { labels.Select(label => new Label { Key = label.Key, Value = label.Value }) },
    };
}
