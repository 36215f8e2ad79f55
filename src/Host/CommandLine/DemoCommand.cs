using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Nico.Host.Development;
using Spectre.Console;
using static Nico.Host.CommandLine.DemoSteps;

namespace Nico.Host.CommandLine;

/// <summary><c>nico demo</c>: the whole way from a token to a running instance and back, step by step with its time.</summary>
internal static class DemoCommand
{
    public static Command Make()
    {
        var data = Options.Data();
        var org = Options.Org();
        var keep = new Option<bool>("--keep") { Description = "Leave instances and networks as they are at the end." };
        var flow = new Option<string>("--flow")
        {
            Description = "account: one org that is provider and tenant at once. provider: a provider (acme-cloud, unless --org names another; the "
                + "org that has the site if that has none) sells to the tenant globex, which creates instances by type within its quota.",
            DefaultValueFactory = _ => "account",
            HelpName = "FLOW",
        };
        flow.AcceptOnlyFromAmong("account", "provider");
        var command = new Command("demo", "Walk the whole flow against the running Nico: addresses, networks, instances and their release.")
        {
            data, org, flow, keep,
        };
        command.SetAction(async (line, ct) =>
        {
            var folder = DataFolder.Open(line.GetValue(data));
            var name = line.GetValue(org)!.ToLowerInvariant();
            if (line.GetValue(flow) == "provider")
            {
                await ProviderWalk.Run(folder, line.GetResult(org) is { Implicit: false } ? [name] : ["acme-cloud", name], line.GetValue(keep), ct);
                return;
            }

            using var nico = RunningNico.As(folder, name);
            await new Walk(nico, line.GetValue(keep)).Run(ct);
        });
        return command;
    }

    /// <summary>The steps, each of which needs what the ones before have made.</summary>
    private sealed class Walk(RunningNico nico, bool keep)
    {
        private readonly string _run = DateTime.UtcNow.ToString("HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        private JsonNode _instance = JsonValue.Create("");

        public async Task Run(CancellationToken ct)
        {
            var total = Stopwatch.StartNew();
            var tenant = await Step("service account", async () => (await nico.Get("service-account/current", ct))["tenantId"]!, ct);
            var site = await Step("site that is Registered", () => Registered(ct), ct);
            var source = await Step("IP block of the provider", () => nico.Pool(site["id"]!, PoolName, ct), ct);
            var block = await Step("allocation of all of it: the tenant's IP block", () => Allocation(site["id"]!, tenant, source["id"]!, ct), ct);
            var vpc = await Step("VPC, FNN", () => Vpc("fnn", "FNN", site["id"]!, ct), ct);
            var prefix = await Step("VPC prefix", () => nico.Post(
                "vpc-prefix", new() { ["name"] = $"demo-{_run}", ["vpcId"] = vpc.DeepClone(), ["ipBlockId"] = block.DeepClone(), ["prefixLength"] = 26 }, ct), ct);
            var ethernet = await Step("VPC, ETHERNET_VIRTUALIZER", () => Vpc("eth", "ETHERNET_VIRTUALIZER", site["id"]!, ct), ct);
            var subnet = await Step("subnet", () => Subnet(ethernet, block, ct), ct);
            var system = await Step("operating system: iPXE script and user data", () => OperatingSystem(ct), ct);
            var machine = await Step("free machine", () => Machine(site["id"]!, ct), ct);
            _instance = await Step("instance is ordered", () => nico.Post("instance", new()
            {
                ["name"] = $"demo-{_run}",
                ["vpcId"] = vpc.DeepClone(),
                ["machineId"] = machine["id"]!.DeepClone(),
                ["operatingSystemId"] = system.DeepClone(),
                ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = prefix["id"]!.DeepClone() }),
            }, ct), ct);
            var path = $"instance/{_instance["id"]}";
            _instance = await Step("instance is Ready", () => nico.Until(path, i => Is(i, "Ready"), ct), ct);
            await Step("instance is restarted", async () =>
            {
                await nico.Patch(path, new() { ["triggerReboot"] = true }, ct);
                return await nico.Until(path, i => Is(i, "Ready"), ct);
            }, ct);
            if (!keep)
            {
                await Step("instance is released", async () =>
                {
                    await nico.Delete(path, ct);
                    return await nico.Gone(path, ct);
                }, ct);
                await Step("machine is free again", () => nico.Until($"machine/{machine["id"]}", m => Is(m, "Ready"), ct), ct);
                await Step("networks are removed", async () =>
                {
                    await nico.Delete($"vpc-prefix/{prefix["id"]}", ct);
                    await nico.Delete($"subnet/{subnet["id"]}", ct);
                    await nico.Gone($"vpc-prefix/{prefix["id"]}", ct);
                    await nico.Gone($"subnet/{subnet["id"]}", ct);
                    await nico.Delete($"vpc/{vpc}", ct);
                    await nico.Delete($"vpc/{ethernet}", ct);
                    await nico.Gone($"vpc/{vpc}", ct);
                    return await nico.Gone($"vpc/{ethernet}", ct);
                }, ct);
            }

            Show(machine, total.Elapsed);
        }

        private async Task<JsonNode> Registered(CancellationToken ct)
        {
            for (var i = 0; i < 60; i++)
            {
                if ((await nico.Get("site?status=Registered", ct)).AsArray().FirstOrDefault() is { } site)
                {
                    return site;
                }

                await Task.Delay(500, ct);
            }

            throw new ConfigurationProblem("The org has no site whose controller answers");
        }

        private async Task<JsonNode> Allocation(JsonNode site, JsonNode tenant, JsonNode source, CancellationToken ct)
        {
            var allocation = await nico.Named($"allocation?resourceTypeId={source}", PoolName, ct) ?? await nico.Post("allocation", new()
            {
                ["name"] = PoolName,
                ["siteId"] = site.DeepClone(),
                ["tenantId"] = tenant.DeepClone(),
                ["allocationConstraints"] = new JsonArray(new JsonObject
                {
                    ["resourceType"] = "IPBlock",
                    ["resourceTypeId"] = source.DeepClone(),
                    ["constraintType"] = "Reserved",
                    ["constraintValue"] = 16,
                }),
            }, ct);
            return allocation["allocationConstraints"]![0]!["derivedResourceId"]!;
        }

        private async Task<JsonNode> Vpc(string name, string type, JsonNode site, CancellationToken ct)
        {
            var vpc = await nico.Post(
                "vpc", new() { ["name"] = $"demo-{name}-{_run}", ["siteId"] = site.DeepClone(), ["networkVirtualizationType"] = type }, ct);
            await nico.Until($"vpc/{vpc["id"]}", v => Is(v, "Ready"), ct);
            return vpc["id"]!;
        }

        private async Task<JsonNode> Subnet(JsonNode vpc, JsonNode block, CancellationToken ct)
        {
            var subnet = await nico.Post(
                "subnet", new() { ["name"] = $"demo-{_run}", ["vpcId"] = vpc.DeepClone(), ["ipv4BlockId"] = block.DeepClone(), ["prefixLength"] = 26 }, ct);
            return await nico.Until($"subnet/{subnet["id"]}", s => Is(s, "Ready"), ct);
        }

        private async Task<JsonNode> OperatingSystem(CancellationToken ct)
        {
            var system = await nico.Named($"operating-system?query={PoolName}", PoolName, ct) ?? await nico.Post("operating-system", new()
            {
                ["name"] = PoolName,
                ["ipxeScript"] = "#!ipxe\nkernel http://boot.example/vmlinuz\ninitrd http://boot.example/initrd\nboot\n",
                ["userData"] = "#cloud-config\nhostname: demo\n",
                ["isCloudInit"] = true,
            }, ct);
            return system["id"]!;
        }

        private async Task<JsonNode> Machine(JsonNode site, CancellationToken ct) =>
            (await nico.Get($"machine?siteId={site}&status=Ready&pageSize=1", ct)).AsArray().FirstOrDefault()
            ?? throw new ConfigurationProblem("No machine of the site is Ready");

        private void Show(JsonNode machine, TimeSpan total)
        {
            AnsiConsole.WriteLine();
            AnsiConsole.MarkupLine($"  Instance [bold]{_instance["name"]}[/] ({_instance["id"]}) on {machine["vendor"]} {machine["productName"]}, {machine["id"]}");
            foreach (var attachment in _instance["interfaces"]!.AsArray())
            {
                AnsiConsole.MarkupLine(
                    $"  Interface {attachment!["macAddress"]}   [bold]{string.Join(", ", attachment["ipAddresses"]!.AsArray())}[/]   on {attachment["vpcprefix"]?["prefix"]}");
            }

            AnsiConsole.MarkupLine($"  {(keep ? "It runs on." : "It was released again.")} All in {total.TotalSeconds:0.0} s.");
        }
    }
}
