using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>
/// An org that is provider and tenant at once, with one of everything that a request can name. Tests that are made from the
/// document take their ids from here, by the name of the path value or the field.
/// </summary>
internal sealed class Estate : IAsyncDisposable
{
    private Estate(InstanceWorld world, Dictionary<string, string> ids) => (World, Ids) = (world, ids);

    public InstanceWorld World { get; }

    public ApiClient Client => World.Client;

    /// <summary>Ids of this org's resources, by the name of what names them.</summary>
    public IReadOnlyDictionary<string, string> Ids { get; }

    public static async Task<Estate> Make(RunningHost host)
    {
        var world = await InstanceWorld.Make(host, "dgx-h100=4");
        var instance = await world.CreateReady();
        var account = (await world.Client.Get("service-account/current")).Is(200);
        var allocation = Assert.Single((await world.Client.Get("allocation")).Items())!;
        var constraint = allocation["allocationConstraints"]![0]!;
        var type = (await world.Client.Post("instance/type", new { name = "type", siteId = world.Site.Id })).Is(201)["id"].Text();
        var member = world.Machine();
        (await world.Client.Post($"instance/type/{type}/machine", new { machineIds = new[] { member } })).Is(201);
        var free = world.Machine();
        var tenantAccount = Assert.Single((await world.Client.Get($"tenant/account?tenantId={account["tenantId"]}")).Items())!;
        return new Estate(world, new Dictionary<string, string>
        {
            ["infrastructureProviderId"] = account["infrastructureProviderId"].Text(),
            ["tenantId"] = account["tenantId"].Text(),
            ["accountId"] = tenantAccount["id"].Text(),
            ["siteId"] = world.Site.Id.ToString(),
            ["resourceTypeId"] = constraint["resourceTypeId"].Text(),
            ["allocationId"] = allocation["id"].Text(),
            ["allocationConstraintId"] = constraint["id"].Text(),
            ["ipBlockId"] = world.Block.ToString(),
            ["ipv4BlockId"] = world.Block.ToString(),
            ["vpcId"] = world.Vpc.ToString(),
            ["secondaryVpcIds"] = world.Vpc.ToString(),
            ["vpcPrefixId"] = world.Prefix.ToString(),
            ["subnetId"] = world.Subnet.ToString(),
            ["operatingSystemId"] = world.System.ToString(),
            ["machineId"] = instance["machineId"].Text(),
            ["id"] = free,
            ["machineIds"] = free,
            ["instanceTypeId"] = type,
            ["machineAssociationId"] = member,
            ["instanceId"] = instance["id"].Text(),
            ["auditEntryId"] = (await world.Client.Get("audit")).Items()[0]!["id"].Text(),
        });
    }

    /// <summary>The operation's path with this org's ids, less those that <paramref name="others"/> has.</summary>
    public string Path(ApiOperation operation, IReadOnlyDictionary<string, string>? others = null, string? org = null)
    {
        var path = operation.Path.Replace("{org}", org ?? Client.Org, StringComparison.Ordinal);
        foreach (var name in operation.InPath.Select(parameter => parameter["name"].Text()))
        {
            Assert.True(Ids.ContainsKey(name), $"{operation.Id} names a {name}: an estate must have one");
            path = path.Replace($"{{{name}}}", Uri.EscapeDataString(others?.GetValueOrDefault(name) ?? Ids[name]), StringComparison.Ordinal);
        }

        return path;
    }

    public ValueTask DisposeAsync() => World.DisposeAsync();
}
