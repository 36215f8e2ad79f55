using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Identity;

public sealed class ServiceAccountTests(TestHost host)
{
    [Fact]
    public async Task The_first_call_makes_provider_and_tenant_and_later_calls_find_them()
    {
        var org = TestHost.NewOrg();
        var client = host.Host.AsServiceAccount(org);
        var first = (await client.Get("service-account/current")).Is(200);
        var second = (await client.Get("service-account/current")).Is(200);

        Assert.True(first["enabled"].Flag());
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        var provider = (await client.Get("infrastructure-provider/current")).Is(200);
        Assert.Equal(first["infrastructureProviderId"].Id(), provider["id"].Id());
        var tenant = (await client.Get("tenant/current")).Is(200);
        Assert.Equal(first["tenantId"].Id(), tenant["id"].Id());
        Assert.True(tenant["capabilities"]!["targetedInstanceCreation"].Flag());
    }
}
