using Nico.SiteProtocol.Forge;
using static Nico.Tests.Simulator.TestSite;

namespace Nico.Tests.Simulator;

public sealed class FlowTests
{
    [Fact]
    public async Task An_instance_goes_through_every_phase_in_order_and_its_machine_comes_back()
    {
        await using var site = await Start();
        var prefix = await site.Prefix();
        var machine = site.FreeMachine();
        var order = site.Order(machine, On(prefix));
        order.Config.Os.PhoneHomeEnabled = true;

        var answer = await site.Core.AllocateInstanceAsync(order);
        Assert.Equal(TenantState.Provisioning, answer.Status.Tenant.State);
        Assert.Equal(SyncState.Pending, answer.Status.Network.ConfigsSynced);
        Assert.Empty(Assert.Single(answer.Status.Network.Interfaces).Addresses);

        var seen = await Watch(site, order, until: instance => instance.Status.Tenant.State == TenantState.Ready);
        Assert.Equal(
            [
                "Ready PROVISIONING", "Assigned/Init PROVISIONING", "Assigned/WaitingForNetworkSegmentToBeReady PROVISIONING",
                "Assigned/WaitingForNetworkConfig PROVISIONING", "Assigned/WaitingForStorageConfig PROVISIONING",
                "Assigned/WaitingForExtensionServicesConfig PROVISIONING", "Assigned/WaitingForRebootToReady PROVISIONING",
                "Assigned/Ready PROVISIONING", "Assigned/Ready READY",
            ],
            seen);

        var up = await site.Read(order.InstanceId);
        var port = Assert.Single(up.Status.Network.Interfaces);
        Assert.Equal("10.1.0.1", Assert.Single(port.Addresses));
        Assert.Equal("10.1.0.0/31", Assert.Single(port.Prefixes));
        Assert.Equal("10.1.0.0/31", Assert.Single(port.Gateways));
        Assert.Matches("^([0-9a-f]{2}:){5}[0-9a-f]{2}$", port.MacAddress);
        Assert.Equal(SyncState.Synced, up.Status.ConfigsSynced);

        await site.Core.ReleaseInstanceAsync(new() { Id = order.InstanceId });
        seen = await Watch(site, order, until: _ => false);
        Assert.Equal(
            [
                "Assigned/BootingWithDiscoveryImage { retry: RetryInfo { count: 0 } } TERMINATING",
                "Assigned/SwitchToAdminNetwork TERMINATING", "Assigned/WaitingForNetworkReconfig TERMINATING",
            ],
            seen);
        Assert.StartsWith("WaitingForCleanup/", (await site.ReadMachine(machine)).State, StringComparison.Ordinal);
        Assert.Equal(128u, site.Site.VpcPrefix(prefix.Id.Value)!.Status.Available31Segments);

        site.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal("Ready", (await site.ReadMachine(machine)).State);
    }

    // Looks every second until the instance is gone or as wanted, and gives each different pair of machine and tenant state.
    private static async Task<List<string>> Watch(TestSite site, InstanceAllocationRequest order, Func<Instance, bool> until)
    {
        var seen = new List<string>();
        for (var second = 0; second < 1200; second++)
        {
            var instance = site.Site.Instance(order.InstanceId.Value);
            if (instance is null)
            {
                return seen;
            }

            var text = $"{(await site.ReadMachine(order.MachineId.Id)).State} {instance.Status.Tenant.State.ToString().ToUpperInvariant()}";
            if (seen.LastOrDefault() != text)
            {
                seen.Add(text);
            }

            if (until(instance))
            {
                return seen;
            }

            site.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        throw new TimeoutException(string.Join(", ", seen));
    }
}
