using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Host;
using Nico.Host.Development;
using Npgsql;
using Spectre.Console;

namespace Nico.Bench;

/// <summary>A PostgreSQL of its own, and a Nico on it as a process of its own with the simulated site that it embeds.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Org = "bench";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-bench-");
    private Process? _nico;

    private Stage()
    {
    }

    public string LogFile => Path.Combine(_folder.FullName, "postgres", "postgres.log");

    public NpgsqlDataSource Database { get; private set; } = null!;

    public string ConnectionString { get; private set; } = "";

    public Uri Address { get; private set; } = null!;

    /// <summary>Where faults of the simulated site are set.</summary>
    public Uri? Faults { get; private set; }

    public string Token { get; private set; } = "";

    public HttpClient Http { get; private set; } = null!;

    /// <summary>Resident memory of Nico, in bytes.</summary>
    public long Memory
    {
        get
        {
            _nico!.Refresh();
            return _nico.WorkingSet64;
        }
    }

    /// <param name="simulated">Machines of the simulated site.</param>
    /// <param name="inventoryPeriod">How often it is read without a reason.</param>
    /// <param name="speed">How much faster than real hardware it is.</param>
    /// <param name="withLimits">True with the limits of an installation; without them otherwise.</param>
    /// <param name="settings">Further settings of Nico, as environment variables.</param>
    public static async Task<Stage> Open(int simulated, string inventoryPeriod, int speed = 60, bool withLimits = false, params (string Name, string Value)[] settings)
    {
        var stage = new Stage();
        File.SetUnixFileMode(stage._folder.FullName, (UnixFileMode)0b111_101_101);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "nico.dll"), "run", "--data", stage._folder.FullName, "--org", Org, "--machines", $"{simulated}", "--port", "0", "--metrics-port", "0",
                "--speed", $"{speed}",
            ])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["SiteLink__InventoryPeriod"] = inventoryPeriod;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var limit in withLimits ? [] : new[] { "RequestsPerSecond", "Burst", "Concurrent", "SharedConcurrency", "ObjectsOfKind" })
        {
            // What an operation costs is measured, not what an org may ask.
            start.Environment["Limits__" + limit] = "1000000";
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        // As an operator runs it under load: what is logged of each request goes nowhere here.
        start.Environment["Logging__LogLevel__Nico.Host.Http.RequestTelemetry"] = "Warning";
        stage._nico = Process.Start(start)!;
        var output = new StringBuilder();
        while (stage.Address is null || stage.Faults is null)
        {
            var line = await stage._nico.StandardOutput.ReadLineAsync() ?? throw new ConfigurationProblem("Nico did not start:\n" + output);
            output.AppendLine(line);
            if (line.Contains("faults: ", StringComparison.Ordinal))
            {
                stage.Faults = new Uri(line[(line.IndexOf("faults: ", StringComparison.Ordinal) + 8)..].Split(' ')[0]);
            }

            if (stage.Address is null && line.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) is { } address)
            {
                stage.Address = new Uri(address);
            }
        }

        _ = stage._nico.StandardOutput.ReadToEndAsync();
        stage.ConnectionString = $"Host={Path.Combine(stage._folder.FullName, "postgres", "socket")};Username=nico;Database=nico;Maximum Pool Size=40";
        stage.Database = NpgsqlDataSource.Create(stage.ConnectionString);
        stage.Token = stage.Sign(Org);
        stage.Http = new HttpClient { BaseAddress = stage.Address, Timeout = TimeSpan.FromMinutes(2) };
        stage.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Token);
        await stage.Get("service-account/current");
        return stage;
    }

    /// <summary>A token of the org's service account, or of a user with these roles.</summary>
    public string Sign(string org, params string[] roles) => DevelopmentIssuer.Open(Path.Combine(_folder.FullName, "issuer-key.pem"))
        .Sign(org, roles, "bench", serviceAccount: roles.Length == 0, TimeSpan.FromHours(12), DateTimeOffset.UtcNow);

    /// <summary>A client of the simulated site's control endpoint.</summary>
    public async Task<HttpClient> Control()
    {
        var token = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "simulator", "sim-1", "control-token"));
        return new HttpClient { BaseAddress = Faults, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token.Trim()) } };
    }

    /// <summary>Tells who waits what is under way.</summary>
    public static void Say(string text) => AnsiConsole.MarkupLineInterpolated($"[grey]{DateTime.Now:HH:mm:ss}[/] {text}");

    /// <summary>An order for an allocation.</summary>
    public static object Allocation(string name, string tenant, string site, string kind, string resource, int value) => new
    {
        name,
        tenantId = tenant,
        siteId = site,
        allocationConstraints = new[] { new { resourceType = kind, resourceTypeId = resource, constraintType = "Reserved", constraintValue = value } },
    };

    /// <summary>Makes what an instance at this site needs: a VPC, a prefix with room for some thousands, an operating system.</summary>
    public async Task<(string Vpc, string Prefix, string System)> Networks(string site, string tenant)
    {
        var block = (string)(await Post("ipblock", new { name = "addresses", siteId = site, routingType = "DatacenterOnly", prefix = "10.1.0.0", prefixLength = 16, protocolVersion = "IPv4" }))["id"]!;
        var part = (string)(await Post("allocation", Allocation("addresses", tenant, site, "IPBlock", block, 18)))["allocationConstraints"]![0]!["derivedResourceId"]!;
        var vpc = (string)(await Post("vpc", new { name = "bench-vpc", siteId = site, networkVirtualizationType = "FNN" }))["id"]!;
        await Until(async () => (string?)(await Get($"vpc/{vpc}"))["status"] == "Ready");
        var prefix = (string)(await Post("vpc-prefix", new { name = "bench-prefix", vpcId = vpc, ipBlockId = part, prefixLength = 20 }))["id"]!;
        var system = (string)(await Post("operating-system", new { name = "bench", ipxeScript = "#!ipxe" }))["id"]!;
        return (vpc, prefix, system);
    }

    public static string PathOf(string path) => $"/v2/org/{Org}/nico/{path}";

    public async Task<JsonNode> Get(string path)
    {
        using var answer = await Http.GetAsync(PathOf(path));
        return await Read(answer);
    }

    public async Task<JsonNode> Post(string path, object body)
    {
        using var answer = await Http.PostAsync(PathOf(path), new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        return await Read(answer);
    }

    public async Task Delete(string path)
    {
        using var answer = await Http.DeleteAsync(PathOf(path));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Waits for what comes about by itself.</summary>
    public static async Task Until(Func<Task<bool>> holds, int seconds = 300)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(seconds))
            {
                throw new ConfigurationProblem("What was waited for did not come about");
            }

            await Task.Delay(100);
        }
    }

    public async Task Sql(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Read<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 600;
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>
    /// Copies the rows of <paramref name="table"/> that <paramref name="which"/> names, each <paramref name="count"/> times, with
    /// <paramref name="changes"/> (pairs of column and SQL; <c>t</c> is the row, <c>n</c> counts from 1) in the copies.
    /// </summary>
    public async Task Copy(string table, string which, int count, params (string Column, string Sql)[] changes)
    {
        var columns = (await Read<string>(
            $"select string_agg(quote_ident(column_name), ',' order by ordinal_position) from information_schema.columns where table_schema || '.' || table_name = '{table}' and is_generated = 'NEVER'")).Split(',');
        await Sql(
            $"""
            insert into {table} ({string.Join(", ", columns)})
            select {string.Join(", ", columns.Select(column => $"(copy.r).{column}"))}
            from (
              select jsonb_populate_record(t, jsonb_build_object({string.Join(", ", changes.Select(change => $"'{change.Column}', {change.Sql}"))})) as r
              from {table} t
              cross join generate_series(1, {count}) n
              where {which}
              offset 0
            ) copy
            """);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Database.DisposeAsync();
        using (var term = Process.Start("kill", ["-TERM", $"{_nico!.Id}"]))
        {
            await term.WaitForExitAsync();
        }

        await _nico.WaitForExitAsync();
        _nico.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<JsonNode> Read(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new ConfigurationProblem($"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri}: {(int)answer.StatusCode} {text}");
    }
}
