using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Nico.Networking;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>
/// What reports change, where no simulated site can be brought to report it: spec/60-site-link.md, sections 8.2 to 8.4 and 14.3. The rows
/// are moved to a site that nobody asks.
/// </summary>
public sealed class ReportTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private readonly Guid _site = Guid.NewGuid();

    [Theory]
    [InlineData(TenantState.Provisioning, "Provisioning")]
    [InlineData(TenantState.Configuring, "Provisioning")]
    [InlineData(TenantState.Ready, "Ready")]
    [InlineData(TenantState.Terminating, "Deleting")]
    [InlineData(TenantState.Terminated, "Deleting")]
    [InlineData(TenantState.Failed, "Error")]
    [InlineData((TenantState)99, "Ready")]
    public async Task A_subnet_follows_its_segments_state(TenantState state, string status)
    {
        var tenant = await world.NewTenant();
        var subnet = await Subnet(tenant);
        var before = (await tenant.Client.Get($"subnet/{subnet}")).Is(200);
        var segment = new NetworkSegment { Id = new() { Value = subnet.ToString() }, State = state, Mtu = 1500 };
        Assert.Empty(await Report(segment));
        var after = (await tenant.Client.Get($"subnet/{subnet}")).Is(200);
        Assert.Equal(status, after["status"].Text());
        Assert.Equal(1500, after["mtu"].Number());
        Assert.Equal(before.Statuses().Length + (status == "Ready" ? 0 : 1), after.Statuses().Length);

        await Report(segment);
        Assert.Equal(after.ToJsonString(), (await tenant.Client.Get($"subnet/{subnet}")).Is(200).ToJsonString());

        // Once it goes it goes, whatever is reported; else it comes back.
        await Report(new NetworkSegment { Id = segment.Id, State = TenantState.Ready });
        var last = (await tenant.Client.Get($"subnet/{subnet}")).Is(200);
        Assert.Equal(status == "Deleting" ? "Deleting" : "Ready", last["status"].Text());
        Assert.Equal(1500, last["mtu"].Number());
    }

    [Fact]
    public async Task What_was_touched_since_the_round_began_is_left_alone()
    {
        var tenant = await world.NewTenant();
        var subnet = await Subnet(tenant);
        var before = (await tenant.Client.Get($"subnet/{subnet}")).Is(200).ToJsonString();
        await world.Execute("update networking.subnet set touched = @now where id = @subnet", new { subnet, now = DateTime.UtcNow });
        await Report(new NetworkSegment { Id = new() { Value = subnet.ToString() }, State = TenantState.Failed }, DateTime.UtcNow.AddSeconds(-1));
        Assert.Equal(before, (await tenant.Client.Get($"subnet/{subnet}")).Is(200).ToJsonString());
    }

    [Fact]
    public async Task A_VPC_takes_over_VNI_type_and_profile_and_keeps_what_is_not_reported()
    {
        var tenant = await world.NewTenant();
        var vpc = (await tenant.NewVpc())["id"].Id();
        await world.Execute("update networking.vpc set site_id = @_site, touched = touched - interval '1 minute' where id = @vpc", new { _site, vpc });
        Vpc Reported(Action<Vpc> with)
        {
            var reported = new Vpc { Id = new() { Value = vpc.ToString() } };
            with(reported);
            return reported;
        }

        await Report(Reported(v =>
        {
            v.Status = new() { Vni = 77 };
            v.NetworkVirtualizationType = VpcVirtualizationType.FnnL3;
            v.RoutingProfileType = "INTERNAL";
        }));
        var read = (await tenant.Client.Get($"vpc/{vpc}")).Is(200);
        Assert.Equal(77, read["vni"].Number());
        Assert.Equal("FNN_L3", read["networkVirtualizationType"].Text());
        Assert.Equal("internal", read["routingProfile"].Text());
        await Report(Reported(v => v.RoutingProfileType = "SOMETHING_NEW"));
        read = (await tenant.Client.Get($"vpc/{vpc}")).Is(200);
        Assert.Equal(77, read["vni"].Number());
        Assert.Equal("FNN_L3", read["networkVirtualizationType"].Text());
        Assert.Equal("SOMETHING_NEW", read["routingProfile"].Text());
        await Report(Reported(v => v.DeprecatedVni = 78));
        read = (await tenant.Client.Get($"vpc/{vpc}")).Is(200);
        Assert.Equal(78, read["vni"].Number());
        Assert.Null(read["routingProfile"]);
        Assert.Equal("Ready", read["status"].Text());

        await world.Execute("update networking.vpc set status = 'Provisioning' where id = @vpc", new { vpc });
        await Report(Reported(_ => { }));
        read = (await tenant.Client.Get($"vpc/{vpc}")).Is(200);
        Assert.Equal("Ready", read["status"].Text());
        var entries = read.Statuses().Length;
        await Report(Reported(_ => { }));
        Assert.Equal(entries, (await tenant.Client.Get($"vpc/{vpc}")).Is(200).Statuses().Length);
        await world.Execute("update networking.vpc set status = 'Deleting' where id = @vpc", new { vpc });
        await Report(Reported(v => v.Status = new() { Vni = 79 }));
        read = (await tenant.Client.Get($"vpc/{vpc}")).Is(200);
        Assert.Equal("Deleting", read["status"].Text());
        Assert.Equal(78, read["vni"].Number());
    }

    [Fact]
    public async Task Strangers_are_named()
    {
        var stranger = Guid.NewGuid().ToString();
        Assert.Equal([stranger], await Report(new Vpc { Id = new() { Value = stranger } }));
        Assert.Equal([stranger], await Report(new VpcPrefix { Id = new() { Value = stranger } }));
        Assert.Equal([stranger], await Report(new NetworkSegment { Id = new() { Value = stranger } }));
    }

    [Theory]
    [InlineData("vpc-prefix")]
    [InlineData("subnet")]
    public async Task A_refused_network_that_turns_up_has_no_addresses_and_stays_in_Error(string kind)
    {
        var tenant = await world.NewTenant();
        var id = kind == "subnet" ? await Subnet(tenant) : (await tenant.NewPrefix(await tenant.NewVpc()))["id"].Id();
        var table = kind == "subnet" ? "subnet" : "vpc_prefix";
        await world.Execute(
            $"update networking.{table} set site_id = @_site, status = 'Error', at_site = false, touched = touched - interval '1 minute' where id = @id", new { _site, id });
        await world.Execute("delete from networking.carving where id = @id", new { id });
        if (kind == "subnet")
        {
            await Report(new NetworkSegment { Id = new() { Value = id.ToString() }, State = TenantState.Ready });
        }
        else
        {
            await Report(new VpcPrefix { Id = new() { Value = id.ToString() } });
        }

        Assert.Equal("Error", (await tenant.Client.Get($"{kind}/{id}")).Is(200)["status"].Text());
    }

    /// <summary>A Ready subnet at the site that nobody asks, touched a while ago.</summary>
    private async Task<Guid> Subnet(NetworkTenant tenant)
    {
        var subnet = (await tenant.NewSubnet(await tenant.NewVpc("ETHERNET_VIRTUALIZER")))["id"].Id();
        await tenant.Client.Eventually($"subnet/{subnet}", s => s["status"].Text() == "Ready");
        await world.Execute("update networking.subnet set site_id = @_site, touched = touched - interval '1 minute' where id = @subnet", new { _site, subnet });
        return subnet;
    }

    private async Task<IReadOnlyList<string>> Report<T>(T item, DateTime? begun = null)
        where T : class, IMessage<T>, new()
    {
        await using var scope = world.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var type = typeof(NetworkingModule).Assembly.GetTypes().Single(type => type.IsSubclassOf(typeof(SiteInventory<T>)));
        var inventory = (SiteInventory<T>)ActivatorUtilities.CreateInstance(scope.ServiceProvider, type);
        await db.Begin(TestContext.Current.CancellationToken);
        var frame = new ObjectFrame(item.ToByteString(), FrameShape.Of(item.Descriptor));
        var report = new Report<T>(Guid.Parse(frame.Id!).ToString(), frame);
        var unknown = await inventory.Apply(db, new InventoryPage<T>(_site, [report], begun ?? DateTime.UtcNow), TestContext.Current.CancellationToken);
        await db.Commit(TestContext.Current.CancellationToken);
        return [.. unknown.Select(drift => drift.Id)];
    }
}
