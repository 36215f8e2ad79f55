using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Compute;

/// <summary>Instance types, and what tenants are given of them, for tests of instances.</summary>
internal static class TypedInstances
{
    /// <summary>An instance type with these machines, which the site knows.</summary>
    public static async Task<Guid> MakeType(this InstanceWorld world, IEnumerable<string> machines, object[]? capabilities = null)
    {
        var type = (await world.Client.Post("instance/type", new
        {
            name = InstanceWorld.NewName(),
            siteId = world.Site.Id,
            machineCapabilities = capabilities ?? [],
        })).Is(201)["id"].Id();
        var ids = machines.ToArray();
        if (ids.Length > 0)
        {
            (await world.Client.Post($"instance/type/{type}/machine", new { machineIds = ids })).Is(201);
        }

        await world.Quiet();
        return type;
    }

    /// <summary>Gives so many machines of the type to a tenant, the world's own unless it says otherwise; the allocation.</summary>
    public static async Task<Guid> Allocate(this InstanceWorld world, Guid type, int machines, Guid? tenantId = null) =>
        (await world.Client.Post("allocation", new
        {
            name = InstanceWorld.NewName(),
            tenantId = tenantId ?? world.TenantId,
            siteId = world.Site.Id,
            allocationConstraints = new[] { new { resourceType = "InstanceType", resourceTypeId = type, constraintType = "Reserved", constraintValue = machines } },
        })).Is(201)["id"].Id();

    public static JsonObject OrderOf(this InstanceWorld world, Guid type, string? name = null)
    {
        var order = world.Order("", name);
        order.Remove("machineId");
        order["instanceTypeId"] = type;
        return order;
    }

    public static JsonObject BatchOf(this InstanceWorld world, Guid type, int count, bool? topologyOptimized = null)
    {
        var order = world.OrderOf(type);
        order.Remove("name");
        order["namePrefix"] = InstanceWorld.NewName();
        order["count"] = count;
        if (topologyOptimized is { } wish)
        {
            order["topologyOptimized"] = wish;
        }

        return order;
    }

    /// <summary>Every machine of the site, by rack.</summary>
    public static async Task<ILookup<string?, string>> Machines(this InstanceWorld world)
    {
        var rows = await world.Read<string>(
            "select coalesce(json_agg(json_build_array(id, nv_link_domain_id)), '[]')::text from hardware.machine where site_id = @site", new { site = world.Site.Id });
        return JsonNode.Parse(rows)!.AsArray().ToLookup(row => row![1]?.GetValue<string>(), row => row![0].Text());
    }

    /// <summary>How many machines instances hold, by the machines' rows and by the instances'.</summary>
    public static async Task<(int Machines, int Instances)> Held(this InstanceWorld world) => (
        await world.Read<int>("select count(*)::int from hardware.machine where site_id = @site and instance_id is not null", new { site = world.Site.Id }),
        await world.Read<int>("select count(distinct machine_id)::int from compute.instance where site_id = @site and holds_machine", new { site = world.Site.Id }));
}
