using Nico.SharedKernel.Data;

namespace Nico.Identity;

/// <summary>Tenant accounts by status.</summary>
public sealed record TenantAccountCountByStatus
{
    /// <summary>All of them.</summary>
    public int Total { get; init; }

    /// <summary>Being made.</summary>
    public int Pending { get; init; }

    /// <summary>Offered to a tenant that has not accepted yet.</summary>
    public int Invited { get; init; }

    /// <summary>Accepted.</summary>
    public int Ready { get; init; }

    /// <summary>Failed.</summary>
    public int Error { get; init; }

    internal static Task<TenantAccountCountByStatus> OfProvider(Db db, Guid id, CancellationToken ct) => Of(
        db, "select status, count(*)::integer from identity.tenant_account where infrastructure_provider_id = @id and deleted is null group by status", id, ct);

    internal static Task<TenantAccountCountByStatus> OfTenant(Db db, Guid id, CancellationToken ct) => Of(
        db, "select status, count(*)::integer from identity.tenant_account where tenant_id = @id and deleted is null group by status", id, ct);

    private static async Task<TenantAccountCountByStatus> Of(Db db, string sql, Guid id, CancellationToken ct)
    {
        var counts = (await db.Many<(string Status, int Count)>(sql, new { id }, ct)).ToDictionary(row => row.Status, row => row.Count);
        return new TenantAccountCountByStatus
        {
            Total = counts.Values.Sum(),
            Pending = counts.GetValueOrDefault("Pending"),
            Invited = counts.GetValueOrDefault("Invited"),
            Ready = counts.GetValueOrDefault("Ready"),
            Error = counts.GetValueOrDefault("Error"),
        };
    }
}
