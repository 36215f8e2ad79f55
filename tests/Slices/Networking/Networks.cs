using System.Net;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>What tests say about networks of IPv4.</summary>
internal static class Networks
{
    public static uint Size(string cidr) => 1u << (32 - int.Parse(cidr.Split('/')[1]));

    /// <summary>Fails when two of the networks overlap.</summary>
    public static void Apart(IEnumerable<string> cidrs)
    {
        var ordered = cidrs.Select(cidr => (First: First(cidr), Size: Size(cidr))).OrderBy(part => part.First).ToArray();
        Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.True(pair.First.First + pair.First.Size <= pair.Second.First));
    }

    /// <summary>Gives the tenant a whole block with these addresses; the id of the tenant's block.</summary>
    public static async Task<Guid> Grant(NetworkWorld world, NetworkTenant tenant, Guid site, string prefix, int length)
    {
        var block = (await world.Provider.Post("ipblock", new
        {
            name = "block-" + Guid.NewGuid(),
            siteId = site,
            routingType = "Public",
            prefix,
            prefixLength = length,
            protocolVersion = prefix.Contains(':') ? "IPv6" : "IPv4",
        })).Is(201);
        return (await world.Provider.Post("allocation", new
        {
            name = "allocation-" + Guid.NewGuid(),
            siteId = site,
            tenantId = tenant.Id,
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = length } },
        })).Is(201)["allocationConstraints"]![0]!["derivedResourceId"].Id();
    }

    private static uint First(string cidr)
    {
        var bytes = IPAddress.Parse(cidr.Split('/')[0]).GetAddressBytes();
        return ((uint)bytes[0] << 24) | ((uint)bytes[1] << 16) | ((uint)bytes[2] << 8) | bytes[3];
    }
}
