using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>Which tenants use which sites: from the first allocation to the last.</summary>
public sealed class TenantUseTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task A_tenant_uses_a_site_from_its_first_allocation_to_its_last()
    {
        var (site, tenant, tenantId) = await Arrange();
        Assert.False(await IsUsed());
        await _world.Allocate(tenantId, site);
        await _world.Allocate(tenantId, site);
        Assert.True(await IsUsed());
        Assert.Equal([site], await Ask(sites => sites.UsedBy(tenantId, default)));
        await _world.Deallocate(tenantId, site);
        Assert.True(await IsUsed());
        (await tenant.Get($"site/{site}")).Is(200);
        await _world.Deallocate(tenantId, site);
        Assert.False(await IsUsed());
        Assert.False(await Ask(sites => sites.HoldUseBy(site, tenantId, default)));
        (await tenant.Get($"site/{site}")).Is(404);

        async Task<bool> IsUsed() => await Ask(sites => sites.IsUsedBy(site, tenantId, default));
    }

    [Fact]
    public async Task While_the_use_is_held_the_last_allocation_cannot_end_but_another_can_begin()
    {
        var (site, _, tenantId) = await Arrange();
        await _world.Allocate(tenantId, site);
        var held = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var holder = _world.Transaction(async (scope, _) =>
        {
            var isUsed = await scope.GetRequiredService<ISites>().HoldUseBy(site, tenantId, default);
            held.SetResult();
            await release.Task;
            return isUsed;
        });
        await held.Task;
        await _world.Allocate(tenantId, site).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await _world.Deallocate(tenantId, site).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        var last = _world.Deallocate(tenantId, site);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(last.IsCompleted);
        Assert.True(await Ask(sites => sites.IsUsedBy(site, tenantId, default)));
        release.SetResult();
        Assert.True(await holder);
        await last;
        Assert.False(await Ask(sites => sites.IsUsedBy(site, tenantId, default)));
    }

    [Fact]
    public async Task Allocations_that_begin_and_end_at_once_are_all_counted()
    {
        var (site, _, tenantId) = await Arrange();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.Allocate(tenantId, site)));
        await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => _world.Deallocate(tenantId, site)));
        Assert.True(await Ask(sites => sites.IsUsedBy(site, tenantId, default)));
        await _world.Deallocate(tenantId, site);
        Assert.False(await Ask(sites => sites.IsUsedBy(site, tenantId, default)));
    }

    [Fact]
    public async Task Other_modules_know_sites()
    {
        var (site, _, _) = await Arrange();
        var unknown = Guid.NewGuid();
        var found = await Ask(sites => sites.Find(site, default));
        Assert.Equal((site, "site", SiteStatus.Pending, true), (found!.Id, found.Name, found.Status, found.Capabilities.NetworkSecurityGroup));
        Assert.Null(await Ask(sites => sites.Find(unknown, default)));
        var summary = Assert.Single(await Ask(sites => sites.Summaries([site, unknown], default)));
        Assert.Equal(("site", false), (summary.Value.Name, summary.Value.IsOnline));
    }

    private Task<T> Ask<T>(Func<ISites, Task<T>> question) => _world.Transaction((scope, _) => question(scope.GetRequiredService<ISites>()));

    private async Task<(Guid Site, ApiClient Tenant, Guid TenantId)> Arrange()
    {
        var (provider, _) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        return (await HardwareWorld.Site(provider), tenant, tenantId);
    }
}
