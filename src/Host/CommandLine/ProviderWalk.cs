using System.Diagnostics;
using System.Text.Json.Nodes;
using Nico.Host.Development;
using Nico.SharedKernel;
using Spectre.Console;
using static Nico.Host.CommandLine.DemoSteps;

namespace Nico.Host.CommandLine;

/// <summary><c>nico demo --flow provider</c>: a provider sells machines and addresses, a tenant buys and uses them, each with a token of its own.</summary>
internal sealed class ProviderWalk(RunningNico provider, RunningNico tenant, bool keep)
{
    private const string Tenant = "globex";
    private const string Stranger = "initech";

    /// <summary>Instances that are made one by one: the tenant's quota of that type.</summary>
    private const int Singles = 2;

    /// <summary>Most instances that a batch can have.</summary>
    private const int LargestBatch = 18;

    private readonly string _run = DateTime.UtcNow.ToString("HHmmss", System.Globalization.CultureInfo.InvariantCulture);
    private readonly List<string> _instances = [];

    /// <summary>Walks as the first of the orgs that has a site.</summary>
    public static async Task Run(DataFolder folder, IReadOnlyList<string> orgs, bool keep, CancellationToken ct)
    {
        using var tenant = RunningNico.As(folder, Tenant, Caller.NameOf(Role.TenantAdmin));
        using var stranger = RunningNico.As(folder, Stranger, Caller.NameOf(Role.TenantAdmin));
        foreach (var org in orgs)
        {
            using var provider = RunningNico.As(folder, org, Caller.NameOf(Role.ProviderAdmin));
            await provider.Get("infrastructure-provider/current", ct);
            if (org == orgs[^1] || (await provider.Get("site?pageSize=1", ct)).AsArray().Count > 0)
            {
                await new ProviderWalk(provider, tenant, keep).Walk(stranger, ct);
                return;
            }
        }
    }

    private async Task Walk(RunningNico stranger, CancellationToken ct)
    {
        var total = Stopwatch.StartNew();
        AnsiConsole.MarkupLine($"  Provider [bold]{provider.Org}[/], tenant [bold]{tenant.Org}[/]");
        var me = await provider.Get("infrastructure-provider/current", ct);
        var site = (await Step("site that is Registered", () => Registered(ct), ct))["id"]!;
        var them = await tenant.Get("tenant/current", ct);
        await Step("tenant account: the provider invites, the tenant accepts", () => Account(me["id"]!, them["id"]!, ct), ct);
        var (rack, nodes) = await Machines(site, ct);
        var rackType = await Type("rack", site, rack, ct);
        var nodeType = await Type("node", site, nodes, ct);
        var batch = Math.Min(rack.Count, LargestBatch);
        var allocations = new List<string>
        {
            await Allocate($"demo-rack-{_run}", site, them["id"]!, rackType, batch, ct),
            await Allocate($"demo-node-{_run}", site, them["id"]!, nodeType, Singles, ct),
        };
        var block = await Step("network allocation: addresses for the tenant", () => Addresses(site, them["id"]!, allocations, ct), ct);

        var seen = await Step("tenant: sites and instance types that it sees", async () =>
        {
            await tenant.Get("site", ct);
            return await tenant.Get($"instance/type?siteId={site}&excludeUnallocated=true", ct);
        }, ct);
        var vpc = await Step("tenant: VPC", () => Vpc(site, ct), ct);
        var prefix = await Step("tenant: VPC prefix of its IP block", () => tenant.Post(
            "vpc-prefix",
            new() { ["name"] = $"demo-{_run}", ["vpcId"] = vpc.DeepClone(), ["ipBlockId"] = block.DeepClone(), ["prefixLength"] = 25 },
            ct), ct);
        var system = await Step("tenant: operating system", () => OperatingSystem(ct), ct);
        for (var i = 1; i <= Singles; i++)
        {
            var number = i;
            var made = await Step($"tenant: instance {i} by type", () => tenant.Post("instance", Order("name", $"demo-{_run}-{number}", nodeType, vpc, prefix, system), ct), ct);
            _instances.Add((string)made["id"]!);
        }

        await Step("tenant: one more is over its quota, and refused", () => Refused(Order("name", $"demo-{_run}-over", nodeType, vpc, prefix, system), ct), ct);
        if (batch >= 2)
        {
            var order = Order("namePrefix", $"demo-{_run}", rackType, vpc, prefix, system);
            order["count"] = batch;
            var made = await Step($"tenant: a batch of {batch} in one NVLink domain", () => tenant.Post("instance/batch", order, ct), ct);
            _instances.AddRange(made.AsArray().Select(instance => (string)instance!["id"]!));
        }

        await Step($"all {_instances.Count} are Ready", async () =>
        {
            foreach (var id in _instances)
            {
                await tenant.Until($"instance/{id}", i => Is(i, "Ready"), ct);
            }

            return JsonValue.Create("");
        }, ct);
        await Step("tenant: releases one, and its quota is free again", async () =>
        {
            await Release([_instances[0]], ct);
            var again = await tenant.Post("instance", Order("name", $"demo-{_run}-again", nodeType, vpc, prefix, system), ct);
            _instances[0] = (string)again["id"]!;
            return again;
        }, ct);
        await Step($"{Stranger}, another tenant, sees nothing of it", () => Nothing(stranger, ct), ct);
        if (!keep)
        {
            await Step("everything is given back", () => GiveBack([rackType, nodeType], allocations, vpc, prefix["id"]!, ct), ct);
        }

        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine(
            $"  {seen.AsArray().Count} instance types, {_instances.Count} instances. {(keep ? "They run on." : "All was given back.")} All in {total.Elapsed.TotalSeconds:0.0} s.");
    }

    private async Task<JsonNode> Registered(CancellationToken ct) => await provider.Until("site?status=Registered", sites => sites.AsArray().Count > 0, ct) switch
    {
        JsonArray { Count: > 0 } sites => sites[0]!,
        _ => throw new ConfigurationProblem($"Org {provider.Org} has no site: start Nico with ./nico run --org {provider.Org}"),
    };

    private async Task<JsonNode> Account(JsonNode me, JsonNode them, CancellationToken ct)
    {
        var known = (await provider.Get($"tenant/account?infrastructureProviderId={me}&tenantId={them}", ct)).AsArray().FirstOrDefault();
        var account = known ?? await provider.Post(
            "tenant/account", new() { ["infrastructureProviderId"] = me.DeepClone(), ["tenantOrg"] = tenant.Org }, ct);
        return Is(account, "Ready") ? account : await tenant.Patch($"tenant/account/{account["id"]}", [], ct);
    }

    /// <summary>Machines that belong to no type: those of the NVLink domain with the most, and a few others.</summary>
    private async Task<(IReadOnlyList<string> Rack, IReadOnlyList<string> Nodes)> Machines(JsonNode site, CancellationToken ct)
    {
        var free = (await provider.Get($"machine?siteId={site}&status=Ready&hasInstanceType=false&includeMetadata=true&pageSize=100", ct)).AsArray()
            .Select(machine => (Id: (string)machine!["id"]!, Model: (string?)machine["productName"])).ToArray();
        var models = free.GroupBy(machine => machine.Model).OrderByDescending(model => model.Key?.StartsWith("GB", StringComparison.Ordinal)).ToArray();
        if (models.Length < 2)
        {
            throw new ConfigurationProblem("The site has no free machines of two models: earlier demos may still hold them");
        }

        return ([.. models[0].Select(machine => machine.Id)], [.. models[1].Select(machine => machine.Id)]);
    }

    /// <summary>An instance type with these machines: the first by itself, the others together.</summary>
    private async Task<JsonNode> Type(string name, JsonNode site, IReadOnlyList<string> machines, CancellationToken ct)
    {
        var type = await Step($"instance type '{name}'", () => provider.Post(
            "instance/type", new() { ["name"] = $"demo-{name}-{_run}", ["siteId"] = site.DeepClone() }, ct), ct);
        await Step($"{machines.Count} machines into it: one, then the others", async () =>
        {
            await provider.Post($"instance/type/{type["id"]}/machine", new() { ["machineIds"] = new JsonArray(machines[0]) }, ct);
            var others = machines.Skip(1).Select(id => (JsonNode?)JsonValue.Create(id)).ToArray();
            return others.Length == 0 ? type : await provider.Post($"instance/type/{type["id"]}/machine", new() { ["machineIds"] = new JsonArray(others) }, ct);
        }, ct);
        return type["id"]!;
    }

    private async Task<string> Allocate(string name, JsonNode site, JsonNode them, JsonNode type, int machines, CancellationToken ct) =>
        (string)(await Step($"compute allocation of {machines} machines", () => Allocation(name, site, them, "InstanceType", type, machines, ct), ct))["id"]!;

    private Task<JsonNode> Allocation(string name, JsonNode site, JsonNode them, string kind, JsonNode resource, int value, CancellationToken ct) =>
        provider.Post("allocation", new()
        {
            ["name"] = name,
            ["siteId"] = site.DeepClone(),
            ["tenantId"] = them.DeepClone(),
            ["allocationConstraints"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = kind,
                ["resourceTypeId"] = resource.DeepClone(),
                ["constraintType"] = "Reserved",
                ["constraintValue"] = value,
            }),
        }, ct);

    /// <summary>A part of the provider's addresses for the tenant; the tenant's IP block.</summary>
    private async Task<JsonNode> Addresses(JsonNode site, JsonNode them, List<string> allocations, CancellationToken ct)
    {
        var pool = await provider.Pool(site, "demo-sale", ct);
        var allocation = await Allocation($"demo-network-{_run}", site, them, "IPBlock", pool["id"]!, 24, ct);
        allocations.Add((string)allocation["id"]!);
        return allocation["allocationConstraints"]![0]!["derivedResourceId"]!;
    }

    private async Task<JsonNode> Vpc(JsonNode site, CancellationToken ct)
    {
        var vpc = await tenant.Post("vpc", new() { ["name"] = $"demo-{_run}", ["siteId"] = site.DeepClone(), ["networkVirtualizationType"] = "FNN" }, ct);
        await tenant.Until($"vpc/{vpc["id"]}", v => Is(v, "Ready"), ct);
        return vpc["id"]!;
    }

    private async Task<JsonNode> OperatingSystem(CancellationToken ct) => (await tenant.Named("operating-system?query=demo-os", "demo-os", ct)
        ?? await tenant.Post("operating-system", new() { ["name"] = "demo-os", ["ipxeScript"] = "#!ipxe\nchain http://boot.example/demo.ipxe" }, ct))["id"]!;

    private static JsonObject Order(string nameField, string name, JsonNode type, JsonNode vpc, JsonNode prefix, JsonNode system) => new()
    {
        [nameField] = name,
        ["instanceTypeId"] = type.DeepClone(),
        ["vpcId"] = vpc.DeepClone(),
        ["operatingSystemId"] = system.DeepClone(),
        ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = prefix["id"]!.DeepClone() }),
    };

    private async Task<JsonNode> Refused(JsonObject order, CancellationToken ct) => await tenant.Try("instance", order, ct) is 403
        ? JsonValue.Create("refused")
        : throw new ConfigurationProblem("An instance over the quota was not refused");

    private async Task Release(IReadOnlyList<string> instances, CancellationToken ct)
    {
        foreach (var id in instances)
        {
            await tenant.Delete($"instance/{id}", ct);
        }

        foreach (var id in instances)
        {
            await tenant.Gone($"instance/{id}", ct);
        }
    }

    private async Task<JsonNode> Nothing(RunningNico stranger, CancellationToken ct)
    {
        await stranger.Get("tenant/current", ct);
        foreach (var list in new[] { "site", "allocation", "ipblock", "vpc", "instance", "instance/type" })
        {
            if ((await stranger.Get(list, ct)).AsArray().Count > 0)
            {
                throw new ConfigurationProblem($"{Stranger} sees {list}");
            }
        }

        return await stranger.IsGone($"instance/{_instances[0]}", ct)
            ? JsonValue.Create("nothing")
            : throw new ConfigurationProblem($"{Stranger} sees an instance");
    }

    private async Task<JsonNode> GiveBack(IReadOnlyList<JsonNode> types, List<string> allocations, JsonNode vpc, JsonNode prefix, CancellationToken ct)
    {
        await Release(_instances, ct);
        await tenant.Delete($"vpc-prefix/{prefix}", ct);
        await tenant.Gone($"vpc-prefix/{prefix}", ct);
        await tenant.Delete($"vpc/{vpc}", ct);
        await tenant.Gone($"vpc/{vpc}", ct);
        foreach (var allocation in allocations)
        {
            await provider.Delete($"allocation/{allocation}", ct);
        }

        foreach (var type in types)
        {
            await provider.Delete($"instance/type/{type}", ct);
        }

        foreach (var type in types)
        {
            await provider.Gone($"instance/type/{type}", ct);
        }

        return JsonValue.Create("");
    }
}
