using Dapper;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Identity;

/// <summary>Tenant accounts and rows behind the API.</summary>
internal sealed class IdentityWorld(TestHost host)
{
    private const string Columns = """
        select id, infrastructure_provider_id as provider_id, tenant_id, status, account_number as number,
          (select count(*) from identity.status_history where resource_id = tenant_account.id::text) as history
        from identity.tenant_account
        """;

    public async Task<long> Count(string table, string org)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>($"select count(*) from identity.{table} where org = @org", new { org });
    }

    /// <summary>An account that a provider has with an org.</summary>
    public async Task<Guid> Account(Guid providerId, string org, string status, bool deleted = false)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<Guid>(
            """
            insert into identity.tenant_account (id, account_number, infrastructure_provider_id, tenant_org, status, created, updated, deleted)
            values (gen_random_uuid(), 'nico-' || gen_random_uuid(), @providerId, @org, @status, now(), now(), case when @deleted then now() end)
            returning id
            """,
            new { providerId, org, status, deleted });
    }

    public async Task<AccountRow> Account(Guid id)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        return await connection.QuerySingleAsync<AccountRow>($"{Columns} where id = @id", new { id });
    }

    public async Task<IReadOnlyList<AccountRow>> AccountsOf(string org)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        return (await connection.QueryAsync<AccountRow>($"{Columns} where tenant_org = @org and deleted is null", new { org })).AsList();
    }
}

internal sealed record AccountRow
{
    public Guid Id { get; init; }

    public Guid ProviderId { get; init; }

    public Guid? TenantId { get; init; }

    public required string Status { get; init; }

    public required string Number { get; init; }

    public long History { get; init; }
}
