using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Secrets;
using Nico.Tests.Slices.Edge;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>A dump of the database shows no tenant's secrets.</summary>
public sealed partial class SealedTests(TestHost host)
{
    private const string Mark = "MARK-9";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_table_holds_a_secret_in_the_clear_and_what_was_kept_before_is_sealed()
    {
        await using var running = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?>(), host.Issuer);
        var world = await InstanceWorld.Make(running, routedOnly: true);
        var database = running.Services.GetRequiredService<NpgsqlDataSource>();
        var system = await world.MakeSystem($"#!ipxe\n# {Mark}\n", $"#cloud-config\n# {Mark}\n");
        (await world.Client.Patch($"operating-system/{system}", new { userData = $"#cloud-config\n# {Mark} 2\n", ipxeScript = $"#!ipxe {Mark} 2" })).Is(200);
        var inherits = await world.CreateReady(order => order["operatingSystemId"] = system);
        var owns = await world.CreateReady(order =>
        {
            order.Remove("operatingSystemId");
            (order["ipxeScript"], order["userData"]) = ($"#!ipxe {Mark} own", $"{Mark} own");
        });

        // What the change replaces is kept as well, until the site has taken it.
        world.Simulated.Faults.Clear();
        (await world.Client.Patch($"instance/{owns["id"].Text()}", new { userData = $"{Mark} own 2" })).Is(200);
        var site = (await world.Client.Post("site", new { name = "sealed" })).Is(201)["registrationToken"].Text();

        var dump = await Dump(database);
        Assert.DoesNotContain(Mark, dump, StringComparison.Ordinal);
        Assert.DoesNotContain(site, dump, StringComparison.Ordinal);

        // In the clear where they belong: to their tenant, and to the site.
        Assert.Contains(Mark, (await world.Client.Get($"operating-system/{system}")).Is(200)["userData"].Text(), StringComparison.Ordinal);
        Assert.Equal($"#cloud-config\n# {Mark} 2\n", (await world.Get(inherits["id"].Id()))["userData"].Text());
        Assert.Equal($"#!ipxe {Mark} 2", world.Simulated.Instance(inherits["id"].Text())!.Config.Os.Ipxe.IpxeScript);
        Assert.Equal($"{Mark} own 2", (await world.Get(owns["id"].Id()))["userData"].Text());

        // Every registered column, as it was before texts were sealed.
        foreach (var column in running.Services.GetServices<SealedColumn>().Where(column => column.MayBeClear))
        {
            await using var clear = database.CreateCommand($"update {column.Table} set {column.Column} = '{Mark} before' where {column.Column} is not null");
            await clear.ExecuteNonQueryAsync(Stop);
        }

        Assert.Contains(Mark, await Dump(database), StringComparison.Ordinal);
        Assert.Equal($"{Mark} before", (await world.Client.Get($"operating-system/{system}")).Is(200)["userData"].Text());
        Assert.True(await running.Services.GetRequiredService<Nico.Host.Secrets.Resealing>().Pass(Stop) > 0);
        Assert.DoesNotContain(Mark, await Dump(database), StringComparison.Ordinal);
        Assert.Equal($"{Mark} before", (await world.Client.Get($"operating-system/{system}")).Is(200)["userData"].Text());
    }

    /// <summary>
    /// A mark in every field that holds a secret by its name, of every operation that takes one, made from the document: an operation that is
    /// added later fails here until it has a body that is taken.
    /// </summary>
    [Fact]
    public async Task A_dump_holds_no_mark_of_any_secret_field_of_any_operation()
    {
        await using var running = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?>(), host.Issuer);
        await using var world = await InstanceWorld.Make(running, routedOnly: true);
        (await world.Client.Patch($"site/{world.Site.Id}", new { capabilities = new { imageBasedOperatingSystem = true } })).Is(200);
        var type = await world.MakeType([world.Machine(), world.Machine(), world.Machine(), world.Machine()]);
        await world.Allocate(type, 4);
        var paths = new Dictionary<string, string>
        {
            ["update-operating-system"] = $"operating-system/{world.System}",
            ["update-operating-system.imageAuthToken"] = $"operating-system/{(await world.Client.Post("operating-system", Image())).Is(201)["id"]}",
            ["update-instance"] = $"instance/{(await world.CreateReady(order => (order["ipxeScript"], order["operatingSystemId"]) = ("#!ipxe", null)))["id"]}",
            ["create-operating-system"] = "operating-system",
            ["create-instance"] = "instance",
            ["batch-create-instance"] = "instance/batch",
        };
        var document = await OpenApi.Document(host);
        var bodies = new Bodies(document, new Dictionary<string, string>());
        List<string> secrets = [];
        foreach (var operation in OpenApi.Operations(document).Where(operation => operation.Body is not null))
        {
            foreach (var (field, schema) in bodies.Fields(operation.Body!).Where(field => OpenApi.TypeOf(field.Schema) == "string" && SecretName().IsMatch(field.Path[^1])))
            {
                var name = $"{operation.Id}.{string.Join('.', field)}";
                Assert.True(paths.ContainsKey(operation.Id), $"{name} is a secret: it needs a body that is taken here");
                secrets.Add($"{Mark}-{secrets.Count}-");
                var body = Bodies.With(Body(operation.Id, field[^1]), field, JsonValue.Create($"{secrets[^1]} secret").ToJsonString());
                var answer = await world.Client.Raw(operation.Method, paths.GetValueOrDefault(name) ?? paths[operation.Id], body);
                Assert.True(answer.Status is 200 or 201, answer.ToString());
            }
        }

        Assert.True(secrets.Count >= 11, $"{secrets.Count} secrets");

        // What the document does not have: registration tokens, and the key that a controller asks for.
        var site = (await world.Client.Post("site", new { name = "sealed" })).Is(201);
        using var authority = TestCertificates.Authority("CA");
        using var client = TestCertificates.Issue(authority, "client");
        var key = TestCertificates.KeyPem(client);
        var pairing = new { token = site["registrationToken"].Text(), core = "https://127.0.0.1:1", clientCertificate = TestCertificates.Pem(client), clientKey = key };
        (await running.Bearing("none", null).Post("/pair", pairing)).Is(200);
        var renewed = (await world.Client.Patch($"site/{site["id"]}", new { renewRegistrationToken = true })).Is(200)["registrationToken"].Text();
        secrets.AddRange(site["registrationToken"].Text(), renewed, key.Split('\n')[1]);

        var database = running.Services.GetRequiredService<NpgsqlDataSource>();
        var dump = await Dump(database);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, dump, StringComparison.Ordinal));
        foreach (var column in running.Services.GetServices<SealedColumn>().Where(column => column.Purpose == column.Name))
        {
            // All of them were written to; the others keep what is being replaced, for a moment.
            await using var kept = database.CreateCommand($"select exists (select 1 from {column.Table} where {column.Column} is not null)");
            Assert.True((bool)(await kept.ExecuteScalarAsync(Stop))!, $"{column.Table}.{column.Column}");
        }

        JsonObject Body(string operation, string field) => operation switch
        {
            "create-operating-system" when field == "imageAuthToken" => Image(),
            "create-operating-system" => new JsonObject { ["name"] = InstanceWorld.NewName(), ["ipxeScript"] = "#!ipxe" },
            "update-operating-system" when field == "imageAuthToken" => new JsonObject { ["imageUrl"] = "https://images.example.com/x.img", ["imageSha"] = "ff", ["imageAuthType"] = "Basic" },
            "create-instance" => Own(world.Order()),
            "batch-create-instance" => Own(world.BatchOf(type, 2, topologyOptimized: false)),
            _ => [],
        };

        static JsonObject Own(JsonObject order)
        {
            order.Remove("operatingSystemId");
            order["ipxeScript"] = "#!ipxe";
            return order;
        }

        JsonObject Image() => new()
        {
            ["name"] = InstanceWorld.NewName(),
            ["siteIds"] = new JsonArray(world.Site.Id.ToString()),
            ["imageUrl"] = "https://images.example.com/x.img",
            ["imageSha"] = "ff",
            ["rootFsLabel"] = "root",
            ["imageAuthType"] = "Bearer",
            ["imageAuthToken"] = "first",
        };
    }

    [GeneratedRegex("(userdata|script|token|password|secret|secretbasic|credentials?|privatekey|clientkey)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    /// <summary>Every row of every table of ours.</summary>
    private static async Task<string> Dump(NpgsqlDataSource database)
    {
        List<string> tables = [];
        await using (var list = database.CreateCommand(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"))
        await using (var reader = await list.ExecuteReaderAsync(Stop))
        {
            while (await reader.ReadAsync(Stop))
            {
                tables.Add(reader.GetString(0));
            }
        }

        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            await using var rows = database.CreateCommand($"select coalesce(string_agg(row::text, e'\\n'), '') from {table} as row");
            dump.AppendLine((string?)await rows.ExecuteScalarAsync(Stop));
        }

        return dump.ToString();
    }
}
