using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>What the contract with the module of instances promises.</summary>
public sealed class MachineHolderTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task A_machine_is_known_with_its_network_devices()
    {
        var (site, machine) = await Arrange();
        var known = await Ask(machines => machines.Find(machine.Id.Id, default));
        Assert.Equal((machine.Id.Id, site, MachineStatus.Ready, "Ready"), (known!.Id, known.SiteId, known.Status, known.ControllerState));
        Assert.False(known.IsAssigned);
        Assert.False(known.IsMissingOnSite);
        Assert.True(known.IsUsableByTenant);
        Assert.Equal("domain-1", known.NvLinkDomainId);
        Assert.Equal(
            [("BlueField-3", "DPU", 2), ("X550", null, 1)],
            known.Networks.Select(network => (network.Name, network.DeviceType, network.Count)));
        Assert.Null(await Ask(machines => machines.Find("nobody", default)));
        Assert.Null(await Ask(machines => machines.Lock("nobody", default)));
        var summary = Assert.Single(await Ask(machines => machines.Summaries([machine.Id.Id, "nobody"], default)));
        Assert.Equal(("NVIDIA", "DGXH100", MachineStatus.Ready), (summary.Value.Vendor, summary.Value.ProductName, summary.Value.Status));
    }

    [Fact]
    public async Task Of_many_instances_that_want_one_machine_one_sees_it_free()
    {
        var (_, machine) = await Arrange();
        var (_, tenantId) = await host.Tenant();
        var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.Transaction(async (scope, _) =>
        {
            var machines = scope.GetRequiredService<IMachines>();
            if ((await machines.Lock(machine.Id.Id, default))!.IsAssigned)
            {
                return false;
            }

            await Task.Delay(20);
            await machines.Assign(machine.Id.Id, Guid.NewGuid(), tenantId, default);
            return true;
        })));
        Assert.Single(won, isWinner => isWinner);
    }

    [Fact]
    public async Task Release_leaves_what_the_site_says_against_the_machine()
    {
        var (site, machine) = await Arrange();
        var (_, tenantId) = await host.Tenant();
        var instance = await _world.Assign(machine.Id.Id, tenantId);
        await _world.Round(site, []);
        await _world.Release(machine.Id.Id, instance, needsReset: true);
        var missing = await Ask(machines => machines.Find(machine.Id.Id, default));
        Assert.Equal((MachineStatus.Error, false, true), (missing!.Status, missing.IsAssigned, missing.IsMissingOnSite));
        machine.State = "WaitingForCleanup/HostCleanup";
        await _world.Round(site, [machine]);
        Assert.Equal(MachineStatus.Reset, (await Ask(machines => machines.Find(machine.Id.Id, default)))!.Status);
    }

    private Task<T> Ask<T>(Func<IMachines, Task<T>> question) => _world.Transaction((scope, _) => question(scope.GetRequiredService<IMachines>()));

    private async Task<(Guid Site, Machine Machine)> Arrange()
    {
        var (provider, _) = await host.Provider();
        var site = await HardwareWorld.Site(provider);
        var machine = _world.Machine("Ready", machine =>
        {
            machine.NvlinkInfo = new MachineNVLinkInfo { DomainUuid = new NVLinkDomainId { Value = "domain-1" } };
            machine.Capabilities.Network.Add(new MachineCapabilityAttributesNetwork { Name = "X550", Count = 1 });
            machine.Capabilities.Network.Add(new MachineCapabilityAttributesNetwork
            {
                Name = "BlueField-3",
                Count = 2,
                DeviceType = MachineCapabilityDeviceType.Dpu,
            });
            machine.Capabilities.Dpu.Add(new MachineCapabilityAttributesDpu { Name = "DPU", Count = 2 });
        });
        await _world.Round(site, [machine]);
        return (site, machine);
    }
}
