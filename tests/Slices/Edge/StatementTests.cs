using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>How Nico's statements reach PostgreSQL.</summary>
public sealed class StatementTests(TestHost host)
{
    [Theory]
    [InlineData("", true)]
    [InlineData(";Max Auto Prepare=0", false)]
    [InlineData(";MaxAutoPrepare=0", false)]
    public async Task What_is_often_run_is_planned_once_unless_the_connection_string_says_otherwise(string setting, bool isPrepared)
    {
        await using var own = await TestHost.StartHost(await host.NewDatabase() + setting, new Dictionary<string, string?>(), host.Issuer);
        await using var connection = await own.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 10; i++)
        {
            await connection.ExecuteScalarAsync<int>("select @i + 1", new { i });
        }

        Assert.Equal(isPrepared, await connection.ExecuteScalarAsync<bool>("select exists (select from pg_prepared_statements where statement = 'select $1 + 1')"));
    }
}
