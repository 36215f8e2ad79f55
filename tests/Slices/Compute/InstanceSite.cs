using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>The tests that share one site, one after another: some count what the site was asked.</summary>
[CollectionDefinition]
public sealed class InstanceSiteCollection : ICollectionFixture<InstanceSite>;

/// <summary>One site for all tests that need no faults: with networks of several kinds, and another tenant's.</summary>
public sealed class InstanceSite(TestHost host) : IAsyncLifetime
{
    internal InstanceWorld World { get; private set; } = null!;

    /// <summary>A machine that nobody gets.</summary>
    internal string Spare { get; private set; } = "";

    /// <summary>A second FNN VPC with a prefix.</summary>
    internal (Guid Vpc, Guid Prefix) Second { get; private set; }

    /// <summary>A third FNN VPC without any.</summary>
    internal Guid Third { get; private set; }

    /// <summary>A second switched VPC with a subnet.</summary>
    internal (Guid Vpc, Guid Subnet) Switched { get; private set; }

    internal Guid Flat { get; private set; }

    /// <summary>A system whose user data nobody may replace.</summary>
    internal Guid Strict { get; private set; }

    internal Guid Inactive { get; private set; }

    /// <summary>A tenant of the same site, and what it has there.</summary>
    internal (ApiClient Client, Guid Id, Guid Vpc, Guid Prefix, Guid Subnet, Guid System) Other { get; private set; }

    /// <summary>Another site of the org.</summary>
    internal InstanceWorld Elsewhere { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        World = await InstanceWorld.Make(host.Host, "dgx-h100=24,h100-nvl=2");
        Spare = World.Machine();
        var second = await World.MakeVpc("FNN");
        Second = (second, await World.MakePrefix(second));
        Third = await World.MakeVpc("FNN");
        var switched = await World.MakeVpc("ETHERNET_VIRTUALIZER");
        Switched = (switched, await World.MakeSubnet(switched));
        Flat = await World.MakeVpc("FLAT");
        Strict = await World.MakeSystem(userData: "#cloud-config\npackages: [git]\n", allowOverride: false);
        Inactive = await World.MakeSystem();
        await World.Sql("update compute.operating_system set is_active = false where id = @id", new { id = Inactive });
        var (client, id) = await host.Tenant();
        var block = await World.Give(id);
        await World.Sql(Privileges.Of(id), new { });
        var vpc = await World.MakeVpc("FNN", client);
        var vpcOfSubnet = await World.MakeVpc("ETHERNET_VIRTUALIZER", client);
        Other = (
            client, id, vpc,
            await World.MakePrefix(vpc, client, block),
            await World.MakeSubnet(vpcOfSubnet, client, block),
            await World.MakeSystem(by: client));
        Elsewhere = await InstanceWorld.Make(host.Host, "dgx-h100=1");
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await Elsewhere.DisposeAsync();
    }
}
