using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nico.Host;
using NpgsqlTypes;
using Spectre.Console;

namespace Nico.Bench;

internal sealed record BenchOptions(int Machines, int Instances, int Vpcs, int History, int Seconds, string? Only, string? Output);

/// <summary>The measurements, one after another, and the report.</summary>
internal sealed partial class Benchmark(BenchOptions options)
{
    private readonly StringBuilder _report = new();
    private string[] _instances = [];
    private string _siteId = "";

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        await Load.RequireWrk();
        var benchmark = new Benchmark(options);
        try
        {
            if (Neighbour.IsWanted(options.Only))
            {
                await new Neighbour(options, benchmark._report).Run(ct);
            }

            if (!Selling.IsAlone(options.Only) && options.Only is not ("inventory" or "neighbour"))
            {
                await benchmark.Requests();
            }

            await new Selling(options, benchmark._report).Run();
            if (options.Only is null || "inventory".Contains(options.Only, StringComparison.Ordinal))
            {
                await benchmark.Inventory(ct);
            }

            return 0;
        }
        finally
        {
            // What was measured before something failed is worth having too.
            Console.WriteLine();
            Console.WriteLine(benchmark._report);
            if (options.Output is { } file)
            {
                await File.WriteAllTextAsync(file, benchmark._report.ToString(), ct);
            }
        }
    }

    private async Task Requests()
    {
        await using var stage = await Stage.Open(simulated: 18, inventoryPeriod: "01:00:00");
        await Fill(stage);
        var reads = new (string Name, string[] Paths)[]
        {
            ("get instance", [.. _instances.Select(id => $"instance/{id}")]),
            ("list 100 machines", ["machine?pageSize=100&includeMetadata=true&includeRelation=InfrastructureProvider&includeRelation=Site"]),
            ("list instances, first page", [$"instance?siteId={_siteId}&status=Ready&orderBy=NAME_DESC&pageSize=20"]),
            ("list instances, last page", [$"instance?siteId={_siteId}&status=Ready&orderBy=NAME_DESC&pageSize=20&pageNumber={options.Instances / 20}"]),
            ("search instances", ["instance?query=bench-instance-77&pageSize=20"]),
        };
        _report.AppendLine(CultureInfo.InvariantCulture, $"| measurement | connections | Nico /s | median ms | 99 % ms | bare API /s | Nico / bare | pgbench /s | bare / pgbench | statements |");
        _report.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        var capture = new Capture(stage.Database, stage.LogFile);
        foreach (var (name, paths) in reads.Where(read => IsWanted(read.Name)))
        {
            await stage.Get(paths[0]);
            var answer = "";
            var statements = await capture.Of(async () => answer = (await stage.Get(paths[0])).ToJsonString());
            Mark[] marks = paths.Length == 1 ? [] : [new Mark("id", null, _instances)];
            await Compare(stage, new Plan(Slug(name), Marked(statements, marks.Length == 0 ? [] : [(_instances[0], marks[0])]), answer, marks), name, Reading(stage, paths));
        }

        if (IsWanted("allocation"))
        {
            await Allocations(stage, capture);
        }

        if (IsWanted("VPC to Ready"))
        {
            await Vpcs(stage);
        }

        if (IsWanted("page of machines"))
        {
            await Pages(stage);
        }

        _report.AppendLine();
        _report.AppendLine(CultureInfo.InvariantCulture, $"Nico's memory after all of it: {stage.Memory >> 20} MB resident.");
    }

    private bool IsWanted(string name) => options.Only is null || name.Contains(options.Only, StringComparison.Ordinal);

    /// <summary>The tables, filled: copies of what the API made once, at a site that no controller is connected for.</summary>
    private async Task Fill(Stage stage)
    {
        Stage.Say($"Filling the tables: {options.Machines} machines, {options.Instances} instances, {options.Vpcs} VPCs, {options.History} entries of history");
        await Stage.Until(async () => (await stage.Get("machine?pageSize=100")).AsArray().Count(machine => (string?)machine!["status"] == "Ready") >= 2);
        var simulated = (string)(await stage.Get("site"))[0]!["id"]!;
        var tenant = (string)(await stage.Get("service-account/current"))["tenantId"]!;
        var (vpc, prefix, system) = await stage.Networks(simulated, tenant);
        var machine = (string)(await stage.Get("machine?status=Ready"))[0]!["id"]!;
        var instance = (string)(await stage.Post("instance", new
        {
            name = "bench-instance",
            machineId = machine,
            vpcId = vpc,
            operatingSystemId = system,
            interfaces = new[] { new { vpcPrefixId = prefix } },
        }))["id"]!;

        _siteId = (string)(await stage.Post("site", new { name = "bench" }))["id"]!;
        await stage.Sql($"update hardware.site set status = 'Registered' where id = '{_siteId}'");
        await stage.Sql($"insert into hardware.tenant_site select (jsonb_populate_record(t, jsonb_build_object('site_id', '{_siteId}'))).* from hardware.tenant_site t where site_id = '{simulated}'");
        var other = $"id = (select min(id) from hardware.machine where status = 'Ready' and instance_id is null)";
        await stage.Copy("hardware.machine", other, options.Machines, ("id", "'bench' || lpad(n::text, 8, '0')"), ("site_id", $"'{_siteId}'"),
            ("created", "t.created + n * interval '1 millisecond'"));
        foreach (var part in new[] { "machine_interface", "machine_capability" })
        {
            await stage.Copy(
                "hardware." + part, $"machine_id in (select id from hardware.machine where site_id = '{simulated}' and {other})", options.Machines,
                ("id", "gen_random_uuid()"), ("machine_id", "'bench' || lpad(n::text, 8, '0')"));
        }

        await stage.Copy("networking.vpc", $"id = '{vpc}'", options.Vpcs, ("id", "gen_random_uuid()"), ("name", "'bench-vpc-' || n"), ("site_id", $"'{_siteId}'"));
        await stage.Copy(
            "compute.instance", $"id = '{instance}'", options.Instances,
            ("id", "gen_random_uuid()"), ("name", "'bench-instance-' || n"), ("machine_id", "'bench' || lpad(n::text, 8, '0')"), ("site_id", $"'{_siteId}'"),
            ("status", "'Ready'"), ("at_site", "true"), ("created", "t.created + n * interval '1 millisecond'"));
        await stage.Sql(
            $"update hardware.machine m set instance_id = i.id, tenant_id = i.tenant_id, status = 'InUse' from compute.instance i where i.machine_id = m.id and m.site_id = '{_siteId}'");
        await stage.Sql(
            $"""
            insert into compute.interface
            select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'instance_id', i.id))).*
            from compute.interface t
            join compute.instance i on i.site_id = '{_siteId}'
            where t.instance_id = '{instance}'
            """);
        await stage.Sql(
            $"""
            insert into compute.status_history (id, kind, resource_id, status, message, created)
            select gen_random_uuid(), 'instance', i.id::text, 'Ready', 'an entry of the history', now() - n * interval '1 minute'
            from compute.instance i
            cross join generate_series(1, {Math.Max(1, options.History / options.Instances)}) n
            where i.site_id = '{_siteId}'
            """);
        await stage.Sql("create schema if not exists bench");
        await stage.Sql("create sequence bench.number");
        await stage.Sql("create table bench.mark (plan text, mark text, n bigint, v text, primary key (plan, mark, n))");
        await stage.Sql("vacuum analyze");
        _instances = await stage.Read<string[]>($"select array_agg(id::text) from (select id from compute.instance where site_id = '{_siteId}' limit 5000) i");
    }

    /// <summary>A pair of requests: an allocation is made out of a block, and deleted.</summary>
    private async Task Allocations(Stage stage, Capture capture)
    {
        var site = (await stage.Get("site")).AsArray().Select(s => (string)s!["id"]!).First(id => id != _siteId);
        var tenant = (string)(await stage.Get("service-account/current"))["tenantId"]!;
        var block = (string)(await stage.Post("ipblock", new { name = "pool", siteId = site, routingType = "DatacenterOnly", prefix = "10.2.0.0", prefixLength = 16, protocolVersion = "IPv4" }))["id"]!;
        object Body(string name) => Stage.Allocation(name, tenant, site, "IPBlock", block, 28);
        await stage.Delete("allocation/" + (string)(await stage.Post("allocation", Body("warm")))["id"]!);
        var began = DateTimeOffset.UtcNow.AddSeconds(-1).ToUnixTimeMilliseconds();
        JsonNode made = null!;
        var statements = await capture.Of(async () =>
        {
            made = await stage.Post("allocation", Body("captured-allocation"));
            await stage.Delete($"allocation/{made["id"]}");
        });
        var fresh = statements.SelectMany(s => s.Parameters).OfType<string>().SelectMany(p => Uuid().Matches(p).Select(m => m.Value)).Distinct()
            .Where(id => Convert.ToInt64(id.Replace("-", "", StringComparison.Ordinal)[..12], 16) >= began && id != block).ToArray();
        List<(string Text, Mark Mark)> marks = [.. fresh.Select((id, i) => (id, new Mark($"u{i}", $"00000000-0000-7000-{0x8000 + i:x4}-{{n}}", null)))];
        marks.Add(("captured-allocation", new Mark("name", "allocation-{n}", null)));
        marks.Add(("10.2.0.0/28", new Mark("cidr", null, [.. Enumerable.Range(2048, 2048).Select(i => $"10.2.{i / 16}.{i % 16 * 16}/28")])));
        marks.RemoveAll(mark => !statements.Any(s => s.Parameters.Any(p => p?.Contains(mark.Text, StringComparison.Ordinal) == true)));
        var plan = new Plan("allocation", Marked(statements, [.. marks]), made.ToJsonString(), [.. marks.Select(mark => mark.Mark)]);
        await Compare(stage, plan, "create and delete an allocation", Pairing(stage, "allocation", JsonSerializer.Serialize(Body("NAME"))), perAnswer: 2,
            // A run that ends between a creation and its deletion leaves the part taken.
            clean: "delete from networking.carving where prefix <<= '10.2.128.0/17'");
    }

    /// <summary>From the request for a VPC to its being Ready at the site, as a client that waits for it sees it.</summary>
    private async Task Vpcs(Stage stage)
    {
        var site = (await stage.Get("site")).AsArray().Select(s => (string)s!["id"]!).First(id => id != _siteId);
        foreach (var connections in new[] { 1, 16 })
        {
            var times = new List<double>();
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, connections).Select(async worker =>
            {
                for (var i = 0; watch.Elapsed.TotalSeconds < options.Seconds; i++)
                {
                    var one = Stopwatch.StartNew();
                    var vpc = await stage.Post("vpc", new { name = $"timed-{connections}-{worker}-{i}", siteId = site, networkVirtualizationType = "FNN" });
                    while ((string?)vpc["status"] != "Ready")
                    {
                        await Task.Delay(5);
                        vpc = await stage.Get($"vpc/{vpc["id"]}");
                    }

                    lock (times)
                    {
                        times.Add(one.Elapsed.TotalMilliseconds);
                    }
                }
            }));
            times.Sort();
            _report.AppendLine(CultureInfo.InvariantCulture, $"| create a VPC to Ready | {connections} | {times.Count / watch.Elapsed.TotalSeconds:0} | {times[times.Count / 2]:0.0} | {times[times.Count * 99 / 100]:0.0} | | | | | |");
        }
    }

    /// <summary>A page costs the same however many rows there are.</summary>
    private async Task Pages(Stage stage)
    {
        Stage.Say("A page of machines with few and with all rows");
        var path = "machine?pageSize=20&orderBy=CREATED_DESC";
        var many = await Load.Wrk(stage.Address, 1, options.Seconds, Reading(stage, [path]));
        await stage.Sql($"delete from hardware.machine where site_id = '{_siteId}' and id > 'bench00000200' and instance_id is null");
        await stage.Sql($"delete from hardware.machine where site_id = '{_siteId}' and id > 'bench00000200'");
        await stage.Sql("vacuum analyze hardware.machine");
        var few = await Load.Wrk(stage.Address, 1, options.Seconds, Reading(stage, [path]));
        _report.AppendLine();
        _report.AppendLine(CultureInfo.InvariantCulture, $"A page of 20 machines: {many.Median:0.00} ms with {options.Machines} rows, {few.Median:0.00} ms with 200 ({many.Median / few.Median:0.00} times).");
    }

    /// <summary>Rounds of the inventory of a large simulated site.</summary>
    private async Task Inventory(CancellationToken ct)
    {
        Stage.Say($"Inventory of {options.Machines} machines");
        await using var stage = await Stage.Open(options.Machines, inventoryPeriod: "00:00:01");
        await Stage.Until(async () => await stage.Read<long>("select count(*) from hardware.machine") == options.Machines, 1200);
        var first = await Round(stage);

        // All states that follow from the site's start are through.
        for (var i = 0; i < 3; i++)
        {
            await Round(stage);
        }

        var written = await Written(stage);
        List<double> unchanged = [];
        for (var i = 0; i < 12; i++)
        {
            unchanged.Add(await Round(stage));
        }

        unchanged.Sort();
        var rows = await Written(stage) - written;
        using var control = await stage.Control();
        written = await Written(stage);
        await control.PostAsync("/faults", new StringContent("""{"kind":"machine-alert","percent":5}""", Encoding.UTF8, "application/json"), ct);
        var told = Stopwatch.StartNew();
        var failed = await stage.Read<long>("select count(*) from hardware.machine where status = 'Error'");
        await Stage.Until(async () => (await stage.Http.GetAsync(Stage.PathOf("machine?status=Error&pageSize=1"), ct)).Headers.GetValues("X-Pagination").First() is { } page
            && (long)JsonNode.Parse(page)!["total"]! > failed);
        var visible = told.Elapsed.TotalSeconds;
        var changed = await Round(stage);
        _report.AppendLine();
        _report.AppendLine("| inventory of machines | seconds | rows of machines written |");
        _report.AppendLine("|---|---|---|");
        _report.AppendLine(CultureInfo.InvariantCulture, $"| first | {first:0.00} | {options.Machines} |");
        _report.AppendLine(CultureInfo.InvariantCulture, $"| unchanged, median of {unchanged.Count} rounds | {unchanged[unchanged.Count / 2]:0.00} | {rows} in all |");
        _report.AppendLine(CultureInfo.InvariantCulture, $"| unchanged, the slowest of them | {unchanged[^1]:0.00} | |");
        _report.AppendLine(CultureInfo.InvariantCulture, $"| one in twenty changed | {changed:0.00} | {await Written(stage) - written} |");
        _report.AppendLine(CultureInfo.InvariantCulture, $"\nThe first changed status was visible in the API after {visible:0.00} s.");
        _report.AppendLine(CultureInfo.InvariantCulture, $"\nNico's memory with it, its simulator included: {stage.Memory >> 20} MB resident.");
    }

    private static async Task<long> Written(Stage stage)
    {
        // The counters of PostgreSQL arrive a moment later.
        await Task.Delay(1500);
        return await stage.Read<long>("select (n_tup_ins + n_tup_upd + n_tup_del)::bigint from pg_stat_user_tables where schemaname = 'hardware' and relname = 'machine'");
    }

    /// <summary>The time of the next whole round of machines.</summary>
    private static async Task<double> Round(Stage stage)
    {
        const string Fence = "select coalesce(max(fence), 'epoch') from sitelink.round where kind = 'machine' and is_complete";
        var last = await stage.Read<DateTime>(Fence);
        await Stage.Until(async () => await stage.Read<DateTime>(Fence) > last, 600);
        return await stage.Read<double>("select extract(epoch from ended - fence)::float8 from sitelink.round where kind = 'machine'");
    }

    private async Task Compare(Stage stage, Plan plan, string name, string script, int perAnswer = 1, string? clean = null)
    {
        Stage.Say(name);
        await stage.Sql($"delete from bench.mark where plan = '{plan.Name}'");
        await using (var import = await (await stage.Database.OpenConnectionAsync()).BeginBinaryImportAsync("copy bench.mark (plan, mark, n, v) from stdin (format binary)"))
        {
            foreach (var mark in plan.Marks.Where(mark => mark.Values is not null))
            {
                for (var n = 0; n < mark.Values!.Length; n++)
                {
                    await import.StartRowAsync();
                    await import.WriteAsync(plan.Name, NpgsqlDbType.Text);
                    await import.WriteAsync(mark.Name, NpgsqlDbType.Text);
                    await import.WriteAsync((long)n, NpgsqlDbType.Bigint);
                    await import.WriteAsync(mark.Values[n], NpgsqlDbType.Text);
                }
            }

            await import.CompleteAsync();
        }

        await stage.Sql("analyze bench.mark");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new[] { plan }));
        using var bare = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Nico.Bench.dll"), "bare", file, stage.ConnectionString]) { RedirectStandardOutput = true })!;
        try
        {
            var address = new Uri((await bare.StandardOutput.ReadLineAsync())!);
            using (var check = new HttpClient())
            {
                var trial = await check.GetAsync(new Uri(address, plan.Name));
                if (!trial.IsSuccessStatusCode)
                {
                    throw new ConfigurationProblem($"The bare API cannot do {name}: {await trial.Content.ReadAsStringAsync()}\n{JsonSerializer.Serialize(plan.Statements)}");
                }
            }

            foreach (var connections in new[] { 1, 16 })
            {
                // Warm, which takes a while until the runtime has compiled what is called often, then measured, each alone on the machine.
                await Load.Wrk(stage.Address, connections, 6, script);
                var nico = await Load.Wrk(stage.Address, connections, options.Seconds, script);
                var plain = $"wrk.path = '/{plan.Name}'";
                await stage.Sql(clean ?? "select 1");
                await Load.Wrk(address, connections, 6, plain);
                var limit = await Load.Wrk(address, connections, options.Seconds, plain);
                await stage.Sql(clean ?? "select 1");
                var database = await Load.PgBench(stage.ConnectionString, plan, connections, options.Seconds);
                var rate = nico.Rate / perAnswer;
                _report.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {connections} | {rate:0} | {nico.Median:0.00} | {nico.High:0.00} | {limit.Rate:0} | {rate / limit.Rate:0 %} | {database:0} | {limit.Rate / database:0 %} | {plan.Statements.Length} |{(nico.Failed + limit.Failed > 0 ? $" {nico.Failed} and {limit.Failed} failed" : "")}");
            }
        }
        finally
        {
            bare.Kill();
            await bare.WaitForExitAsync();
            File.Delete(file);
        }
    }

    private static Statement[] Marked(Statement[] statements, (string Text, Mark Mark)[] marks) => [.. statements.Select(statement => statement with
    {
        Parameters = [.. statement.Parameters.Select(parameter => marks.Aggregate(parameter, (text, mark) => text?.Replace(mark.Text, mark.Mark.Text, StringComparison.Ordinal)))],
    })];

    private static string Slug(string name) => name.Replace(" ", "-", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal);

    private static string Reading(Stage stage, string[] paths) =>
        $$"""
        local paths = { {{string.Join(", ", paths.Select(path => $"\"{Stage.PathOf(path)}\""))}} }
        wrk.headers["Authorization"] = "Bearer {{stage.Token}}"
        request = function() return wrk.format("GET", paths[math.random(#paths)]) end
        """;

    /// <summary>Each connection's next request deletes what some earlier one made, as long as there is something to delete.</summary>
    private static string Pairing(Stage stage, string kind, string body) =>
        $$"""
        local made, number = {}, 0
        wrk.headers["Authorization"] = "Bearer {{stage.Token}}"
        wrk.headers["Content-Type"] = "application/json"
        request = function()
          local id = table.remove(made)
          if id then return wrk.format("DELETE", "{{Stage.PathOf(kind)}}/" .. id, nil, "") end
          number = number + 1
          return wrk.format("POST", "{{Stage.PathOf(kind)}}", nil, (string.gsub([[{{body}}]], "NAME", os.time() .. "-" .. number .. "-" .. math.random(1000000000))))
        end
        response = function(status, headers, text)
          if status == 201 then made[#made + 1] = string.match(text, '"id":"([^"]+)"') end
        end
        """;


    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();
}
