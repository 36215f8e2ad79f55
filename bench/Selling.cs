using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nico.Host;
using Spectre.Console;

namespace Nico.Bench;

/// <summary>
/// What providers and tenants do with instance types: instances in batches, at a simulated site and over filled tables, and the
/// statistics. The tables are filled for a site that no controller is connected for.
/// </summary>
internal sealed class Selling(BenchOptions options, StringBuilder report)
{
    private const string AtSite = "batch at a site", Over = "batch over tables", Statistics = "statistics";
    private const int Wanted = 500;
    private const int OfOneDomain = 18;
    private const int Tenants = 1000;
    private const int Types = 20;

    private string _site = "";
    private string[] _types = [];
    private Buyer[] _buyers = [];

    /// <summary>True when <c>--only</c> names one of these and nothing else.</summary>
    public static bool IsAlone(string? only) => only is not null && (Wants(only, AtSite) || Wants(only, Over) || Wants(only, Statistics));

    public async Task Run()
    {
        if (Wants(options.Only, AtSite))
        {
            report.AppendLine();
            report.AppendLine("| batches at a simulated site | machines | connections | instances accepted /s | median ms of a batch | 99 % ms | instances to Ready /s | slowest to Ready s |");
            report.AppendLine("|---|---|---|---|---|---|---|---|");
            foreach (var machines in new[] { 1_000, 10_000 })
            {
                await AtSimulatedSite(machines, connections: 4);
            }
        }

        if (Wants(options.Only, Over))
        {
            await OverTables();
        }

        if (Wants(options.Only, Statistics))
        {
            await OfTables();
        }
    }

    private static bool Wants(string? only, string name) => only is null || name.Contains(only, StringComparison.Ordinal);

    /// <summary>500 instances in batches of 18, each on one NVLink domain, until the site has made all of them.</summary>
    private async Task AtSimulatedSite(int machines, int connections)
    {
        Stage.Say($"Batches at a simulated site of {machines} machines");
        await using var stage = await Stage.Open(machines, inventoryPeriod: "00:00:10", speed: 1_000_000, settings: ("Hardware__SilenceLimit", "00:10:00"));
        var one = new Buyer(stage.Http, Stage.Org);
        await Stage.Until(async () => await stage.Read<long>("select count(*) from hardware.machine") == machines, 1800);
        var site = (string)(await stage.Get("site"))[0]!["id"]!;
        var tenant = (string)(await stage.Get("service-account/current"))["tenantId"]!;
        var type = (string)(await stage.Post("instance/type", new { name = "trays", siteId = site }))["id"]!;
        const string Trays = "nv_link_domain_id is not null and status = 'Ready' and is_usable_by_tenant and instance_type_id is null";
        await Stage.Until(async () => await stage.Read<long>($"select count(*) from hardware.machine where {Trays}") >= machines * 7 / 10, 1800);
        var trays = await stage.Read<string[]>($"select array_agg(id) from hardware.machine where {Trays}");
        foreach (var some in trays.Chunk(500))
        {
            await stage.Post($"instance/type/{type}/machine", new { machineIds = some });
        }

        one.Order(type, await stage.Networks(site, tenant));
        await stage.Post("allocation", Stage.Allocation("trays", tenant, site, "InstanceType", type, trays.Length));
        await Stage.Until(async () => await stage.Read<long>("select count(*) from sitelink.command where state in ('Pending', 'Sending')") == 0);

        // Two batches before the measurement, so that nothing is compiled in it.
        await one.Batch("warm", 2);
        await one.Batch("warm", 2);
        var watch = Stopwatch.StartNew();
        var ready = Stage.Until(async () => await stage.Read<long>("select count(*) from compute.instance where status = 'Ready' and name like 'timed%'") == Wanted, 1800);
        var times = await Load(connections, Sizes(Wanted), (_, count) => one.Batch("timed", count));
        var accepted = watch.Elapsed;
        await ready;
        var all = watch.Elapsed;
        var slowest = await stage.Read<double>(
            """
            select max(extract(epoch from h.created - i.created))::float8
            from compute.instance i
            join compute.status_history h on h.kind = 'instance' and h.resource_id = i.id::text and h.status = 'Ready'
            where i.name like 'timed%'
            """);
        report.AppendLine(CultureInfo.InvariantCulture, $"| {Wanted} in batches of {OfOneDomain} | {machines} | {connections} | {Wanted / accepted.TotalSeconds:0} | {Middle(times):0} | {High(times):0} | {Wanted / all.TotalSeconds:0} | {slowest:0.0} |");
    }

    /// <summary>The same orders over tables of several sizes. They are answered when they are committed: nobody is there to carry them out.</summary>
    private async Task OverTables()
    {
        await using var stage = await Stage.Open(18, inventoryPeriod: "01:00:00", settings: ("SiteLink__RequestWait", "00:00:00"));
        await Arrange(stage, buyers: 8);
        report.AppendLine();
        report.AppendLine("| orders over filled tables | free machines | tenants | instances accepted /s | median ms of an order | 99 % ms | refused |");
        report.AppendLine("|---|---|---|---|---|---|---|");
        var medians = new List<(double Single, double Batch)>();
        foreach (var machines in new[] { 1_000, 10_000, 50_000 })
        {
            await Fill(stage, machines, "0");
            if (medians.Count == 0)
            {
                // Not counted: much is compiled meanwhile.
                var length = report.Length;
                await Measure(stage, machines, "to warm up", 1, Wanted / 5, (buyer, _) => buyer.One("warm"), 1);
                await Measure(stage, machines, "to warm up", 8, Wanted, (buyer, count) => buyer.Batch("warm", count));
                report.Length = length;
            }

            var single = await Measure(stage, machines, $"one of a type, {Wanted / 5} times", 1, Wanted / 5, (buyer, _) => buyer.One("single"), 1);
            await Measure(stage, machines, $"one of a type, {Wanted / 5} times", 8, Wanted / 5, (buyer, _) => buyer.One("single"), 1);
            var batch = await Measure(stage, machines, $"{Wanted} in batches of {OfOneDomain}", 1, Wanted, (buyer, count) => buyer.Batch("batch", count));
            await Measure(stage, machines, $"{Wanted} in batches of {OfOneDomain}", 8, Wanted, (buyer, count) => buyer.Batch("batch", count));
            await Measure(stage, machines, $"{Wanted} in batches of {OfOneDomain}, wherever", 1, Wanted, (buyer, count) => buyer.Batch("anywhere", count, topologyOptimized: false));
            await Measure(stage, machines, $"{Wanted} in batches of {OfOneDomain}, wherever", 8, Wanted, (buyer, count) => buyer.Batch("anywhere", count, topologyOptimized: false));
            medians.Add((single, batch));

            // The dearest answer: that no domain of all has enough.
            await stage.Sql($"update hardware.machine set status = 'Maintenance' where site_id = '{_site}' and draw < 0.25");
            await stage.Sql($"delete from hardware.machine where site_id = '{_site}' and id in (select min(id) from hardware.machine where site_id = '{_site}' and status = 'Ready' group by nv_link_domain_id having count(*) >= {OfOneDomain})");
            await stage.Sql("vacuum analyze hardware.machine");
            await Measure(stage, machines, $"a batch of {OfOneDomain} that no domain has room for", 1, 10 * OfOneDomain, (buyer, count) => buyer.Batch("none", count));
        }

        report.AppendLine();
        report.AppendLine(CultureInfo.InvariantCulture, $"Over 10,000 and over 50,000 machines the median of one takes {medians[1].Single / medians[0].Single:0.00} and {medians[2].Single / medians[0].Single:0.00} times as long as over 1,000, that of a batch {medians[1].Batch / medians[0].Batch:0.00} and {medians[2].Batch / medians[0].Batch:0.00} times.");
    }

    /// <summary>The orders, spread over so many tenants, each with one order at a time; the median.</summary>
    private async Task<double> Measure(Stage stage, int machines, string name, int buyers, int wanted, Func<Buyer, int, Task<bool>> order, int size = OfOneDomain)
    {
        Stage.Say($"{name}, over {machines} machines, by {buyers}");
        for (var i = 0; i < 4; i++)
        {
            await order(_buyers[i % buyers], Math.Max(size, 2));
        }

        var refused = 0;
        var watch = Stopwatch.StartNew();
        var times = await Load(buyers, Sizes(wanted, size), async (number, count) =>
        {
            if (!await order(_buyers[number], count))
            {
                Interlocked.Add(ref refused, count);
            }
        });
        report.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {machines} | {buyers} | {(wanted - refused) / watch.Elapsed.TotalSeconds:0} | {Middle(times):0.0} | {High(times):0.0} | {refused} |");
        await stage.Sql($"delete from compute.instance where site_id = '{_site}'");
        await stage.Sql($"update hardware.machine set status = 'Ready', instance_id = null, tenant_id = null where site_id = '{_site}' and instance_id is not null");
        await stage.Sql($"delete from sitelink.command where site_id = '{_site}'");
        await stage.Sql("vacuum analyze hardware.machine, compute.instance, compute.interface, sitelink.command");
        return Middle(times);
    }

    /// <summary>Statistics over 50,000 machines of 20 instance types at one site, 20,000 instances and 1,000 tenants with two allocations each.</summary>
    private async Task OfTables()
    {
        const int Machines = 50_000, Instances = 20_000;
        await using var stage = await Stage.Open(18, inventoryPeriod: "01:00:00", settings: ("SiteLink__RequestWait", "00:00:00"));
        await Arrange(stage, Tenants);
        await Fill(stage, Machines, $"n % {Types}");
        Stage.Say($"{Instances} instances of {Tenants} tenants");
        var buyer = _buyers[0];
        await buyer.One("template");
        await stage.Copy(
            "compute.instance", "name like 'template%'", Instances,
            ("id", "gen_random_uuid()"), ("name", "'copy-' || n"), ("machine_id", "'bench' || lpad(n::text, 8, '0')"), ("status", "'Ready'"), ("at_site", "true"), ("holds_machine", "false"),
            ("tenant_id", $"(select id from identity.tenant where org = '{Stage.Org}-' || n % {Tenants})"),
            ("instance_type_id", $"('{{{string.Join(',', _types)}}}'::uuid[])[1 + n % {Types}]"));
        await stage.Sql("delete from compute.instance where name like 'template%'");
        await stage.Sql("update hardware.machine set status = 'Ready', instance_id = null, tenant_id = null where instance_id is not null");
        await stage.Sql("update compute.instance set holds_machine = true where name like 'copy-%'");
        await stage.Sql("update hardware.machine m set instance_id = i.id, tenant_id = i.tenant_id, status = 'InUse' from compute.instance i where i.machine_id = m.id and i.name like 'copy-%'");
        await stage.Sql("vacuum analyze");
        report.AppendLine();
        report.AppendLine(CultureInfo.InvariantCulture, $"| statistics over {Machines} machines, {Instances} instances, {Tenants} tenants | connections | /s | median ms | 99 % ms | bytes |");
        report.AppendLine("|---|---|---|---|---|---|");
        foreach (var (name, path, who) in new (string, string, Buyer)[]
        {
            ("GPUs of a site", $"machine/gpu/stats?siteId={_site}", new Buyer(stage.Http, Stage.Org)),
            ("machines with and without a type", $"machine/instance-type/stats/summary?siteId={_site}", new Buyer(stage.Http, Stage.Org)),
            ("machines by type", $"machine/instance-type/stats?siteId={_site}", new Buyer(stage.Http, Stage.Org)),
            ("tenants' types", $"tenant/instance-type/stats?siteId={_site}", new Buyer(stage.Http, Stage.Org)),
            ("a type with its allocations, provider", $"instance/type/{_types[0]}?includeAllocationStats=true", new Buyer(stage.Http, Stage.Org)),
            ("a type with its allocations, tenant", $"instance/type/{_types[0]}?includeAllocationStats=true", buyer),
            ("all types with their allocations, provider", $"instance/type?siteId={_site}&includeAllocationStats=true&pageSize=100", new Buyer(stage.Http, Stage.Org)),
            ("all types with their allocations, tenant", $"instance/type?siteId={_site}&includeAllocationStats=true&pageSize=100", buyer),
            ("the provider", "infrastructure-provider/current/stats", new Buyer(stage.Http, Stage.Org)),
            ("a tenant", "tenant/current/stats", buyer),
        })
        {
            Stage.Say(name);
            var bytes = (await who.Get(path)).Length;
            foreach (var connections in new[] { 1, 4 })
            {
                var script = $"wrk.headers[\"Authorization\"] = \"{who.Http.DefaultRequestHeaders.Authorization}\"\nwrk.path = \"{who.PathOf(path)}\"";
                await Bench.Load.Wrk(stage.Address, connections, 1, script);
                var figure = await Bench.Load.Wrk(stage.Address, connections, options.Seconds, script);
                report.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {connections} | {figure.Rate:0} | {figure.Median:0.0} | {figure.High:0.0} | {bytes} |{(figure.Failed > 0 ? $" {figure.Failed} failed" : "")}");
            }
        }
    }

    /// <summary>A site without a controller, its instance types, and tenants that hold an account, a VPC, an operating system and two allocations.</summary>
    private async Task Arrange(Stage stage, int buyers)
    {
        Stage.Say($"{buyers} tenants");
        await Stage.Until(async () => (await stage.Get("machine?pageSize=100")).AsArray().Count(machine => (string?)machine!["status"] == "Ready") >= 2);
        var simulated = (string)(await stage.Get("site"))[0]!["id"]!;
        var tenant = (string)(await stage.Get("service-account/current"))["tenantId"]!;
        var network = await stage.Networks(simulated, tenant);
        await stage.Post("tenant/account", new { tenantOrg = "first", infrastructureProviderId = (string)(await stage.Get("infrastructure-provider/current"))["id"]! });
        _site = (string)(await stage.Post("site", new { name = "bench" }))["id"]!;
        await stage.Sql($"update hardware.site set status = 'Registered' where id = '{_site}'");
        _types = new string[Types];
        for (var i = 0; i < Types; i++)
        {
            _types[i] = (string)(await stage.Post("instance/type", new { name = $"type-{i}", siteId = _site }))["id"]!;
        }

        // What the API would make for each of them, all at once.
        await stage.Copy("identity.tenant", $"id = '{tenant}'", buyers, ("id", "gen_random_uuid()"), ("org", $"'{Stage.Org}-' || n % {buyers}"));
        await stage.Copy(
            "identity.tenant_account", "tenant_org = 'first'", buyers,
            ("id", "gen_random_uuid()"), ("account_number", "'bench-' || n"), ("status", "'Ready'"), ("tenant_org", $"'{Stage.Org}-' || n % {buyers}"),
            ("tenant_id", $"(select id from identity.tenant where org = '{Stage.Org}-' || n % {buyers})"));
        await stage.Sql($"insert into hardware.tenant_site (site_id, tenant_id, org, allocations, created) select '{_site}', id, org, 2, now() from identity.tenant where org like '{Stage.Org}-%'");
        foreach (var (table, id, changes) in new (string, string, (string, string)[])[]
        {
            ("networking.vpc", network.Vpc, [("site_id", $"'{_site}'")]),
            ("compute.operating_system", network.System, []),
        })
        {
            await stage.Copy(
                table, $"id = '{id}'", buyers,
                [("id", "gen_random_uuid()"), ("name", "'copy-' || n"), ("tenant_id", $"(select id from identity.tenant where org = '{Stage.Org}-' || n % {buyers})"), .. changes]);
        }

        await stage.Copy(
            "networking.vpc_prefix", $"id = '{network.Prefix}'", buyers,
            ("id", "gen_random_uuid()"), ("name", "'copy-' || n"), ("site_id", $"'{_site}'"), ("tenant_id", $"(select id from identity.tenant where org = '{Stage.Org}-' || n % {buyers})"),
            ("vpc_id", "(select id from networking.vpc where name = 'copy-' || n)"));
        await stage.Sql(
            $"""
            with given as (
              insert into compute.allocation (id, name, infrastructure_provider_id, tenant_id, site_id, site_name, status, created, updated)
              select gen_random_uuid(), 'types-' || part, (select infrastructure_provider_id from hardware.site where id = '{_site}'), id, '{_site}', 'bench', 'Registered', now(), now()
              from identity.tenant
              cross join generate_series(0, 1) as part
              where org like '{Stage.Org}-%'
              returning id, infrastructure_provider_id, tenant_id, name
            )
            insert into compute.allocation_constraint (id, allocation_id, resource_type, resource_type_id, constraint_type, constraint_value, instance_type_name, infrastructure_provider_id, tenant_id, created, updated)
            select gen_random_uuid(), given.id, 'InstanceType', ('{'{' + string.Join(',', _types) + '}'}'::uuid[])[1 + (right(given.name, 1)::int + substr(tenant.org, {Stage.Org.Length + 2})::int) * right(given.name, 1)::int % {Types}],
              'Reserved', 25000 / {buyers}, 'type', given.infrastructure_provider_id, given.tenant_id, now(), now()
            from given
            join identity.tenant on tenant.id = given.tenant_id
            """);
        _buyers = new Buyer[Math.Min(buyers, 8)];
        for (var i = 0; i < _buyers.Length; i++)
        {
            var http = new HttpClient { BaseAddress = stage.Address, Timeout = TimeSpan.FromMinutes(2) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Sign($"{Stage.Org}-{i}", "NICO_TENANT_ADMIN"));
            _buyers[i] = new Buyer(http, $"{Stage.Org}-{i}");
            string Of(string table) => $"select o.id::text from {table} o join identity.tenant t on t.id = o.tenant_id where t.org = '{Stage.Org}-{i}'";
            _buyers[i].Order(_types[0], (await stage.Read<string>(Of("networking.vpc")), await stage.Read<string>(Of("networking.vpc_prefix")), await stage.Read<string>(Of("compute.operating_system"))));
        }
    }

    /// <summary>Free machines in NVLink domains of 18, copies of one of the simulated site's.</summary>
    private async Task Fill(Stage stage, int count, string type)
    {
        Stage.Say($"{count} machines");
        await stage.Sql($"delete from hardware.machine where site_id = '{_site}'");
        var which = $"id = (select min(id) from hardware.machine where site_id <> '{_site}' and status = 'Ready' and is_usable_by_tenant and nv_link_domain_id is not null)";
        await stage.Copy(
            "hardware.machine", which, count,
            ("id", "'bench' || lpad(n::text, 8, '0')"), ("site_id", $"'{_site}'"), ("created", "t.created + n * interval '1 millisecond'"), ("draw", "random()"),
            ("nv_link_domain_id", $"md5((n / {OfOneDomain})::text)::uuid"), ("instance_type_id", $"('{{{string.Join(',', _types)}}}'::uuid[])[1 + {type}]"),
            ("instance_type_association_id", "gen_random_uuid()"), ("instance_type_since", "now()"));
        await stage.Copy(
            "hardware.machine_capability", $"machine_id in (select id from hardware.machine where {which})", count,
            ("id", "gen_random_uuid()"), ("machine_id", "'bench' || lpad(n::text, 8, '0')"));
        await stage.Sql("vacuum analyze");
    }

    /// <summary>How many make up one batch after another.</summary>
    private static int[] Sizes(int wanted, int size = OfOneDomain) => [.. Enumerable.Range(0, (wanted + size - 1) / size).Select(i => Math.Min(size, wanted - i * size))];

    /// <summary>The orders, each when one of the buyers is free; how long each took, in milliseconds.</summary>
    private static async Task<double[]> Load(int buyers, int[] sizes, Func<int, int, Task> order)
    {
        var next = -1;
        var times = new double[sizes.Length];
        await Task.WhenAll(Enumerable.Range(0, buyers).Select(async buyer =>
        {
            for (var i = Interlocked.Increment(ref next); i < sizes.Length; i = Interlocked.Increment(ref next))
            {
                var watch = Stopwatch.StartNew();
                await order(buyer, sizes[i]);
                times[i] = watch.Elapsed.TotalMilliseconds;
            }
        }));
        Array.Sort(times);
        return times;
    }

    private static double Middle(double[] sorted) => sorted[sorted.Length / 2];

    private static double High(double[] sorted) => sorted[sorted.Length * 99 / 100];


    /// <summary>A tenant that orders instances.</summary>
    private sealed class Buyer(HttpClient http, string org)
    {
        private string _type = "";
        private (string Vpc, string Prefix, string System) _network;
        private static int _names;

        public HttpClient Http => http;

        public void Order(string type, (string Vpc, string Prefix, string System) network) => (_type, _network) = (type, network);

        public string PathOf(string path) => $"/v2/org/{org}/nico/{path}";

        public async Task<string> Get(string path)
        {
            using var answer = await http.GetAsync(PathOf(path));
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode ? text : throw new ConfigurationProblem($"{path}: {(int)answer.StatusCode} {text}");
        }

        public Task<bool> One(string name) => Post("instance", new
        {
            name = $"{name}-{Interlocked.Increment(ref _names)}",
            instanceTypeId = _type,
            vpcId = _network.Vpc,
            operatingSystemId = _network.System,
            interfaces = new[] { new { vpcPrefixId = _network.Prefix } },
        });

        public Task<bool> Batch(string name, int count, bool topologyOptimized = true) => Post("instance/batch", new
        {
            namePrefix = name,
            count,
            instanceTypeId = _type,
            vpcId = _network.Vpc,
            operatingSystemId = _network.System,
            topologyOptimized,
            interfaces = new[] { new { vpcPrefixId = _network.Prefix } },
        });

        /// <summary>False when there is none left, or somebody else was quicker.</summary>
        private async Task<bool> Post(string path, object body)
        {
            using var answer = await http.PostAsync(PathOf(path), new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
            return answer.IsSuccessStatusCode || ((int)answer.StatusCode == 409 ? false
                : throw new ConfigurationProblem($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"));
        }
    }
}
