using static Nico.Tests.Simulator.TestSite;

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
        Assert.Equal(2_024_500u, vpc.Status.Vni);
        Assert.Equal(vpc, found);
        Assert.Equal([vpc.Id], listed.VpcIds);
        Assert.StartsWith("V1-T", vpc.Version, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_id_one_is_generated()
    {
        await using var site = await Start();
        var vpc = await site.Core.CreateVpcAsync(new() { TenantOrganizationId = Org, Metadata = new() { Name = "no id" } });
        Assert.True(Guid.TryParse(vpc.Id.Value, out _));
    }
}
