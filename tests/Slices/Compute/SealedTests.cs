using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Secrets;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>A dump of the database shows no tenant's secrets.</summary>
public sealed class SealedTests(TestHost host)
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
