using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Audit.Entries.ListAuditEntries;

/// <summary>What was changed, or tried, in the org. Source: spec/50-audit.md, section 3.1.</summary>
public sealed record ListAuditEntries : ListQuery, IQuery<Page<AuditEntry>>
{
    /// <summary>True for requests that failed (status 400 and above) only.</summary>
    [Query]
    public bool? FailedOnly { get; init; }

    private static readonly ListOrder _orders = ListOrder.By("timestamp").Default("TIMESTAMP_ASC").Then("id");

    public override ListOrder Orders() => _orders;
}

internal sealed class ListAuditEntriesEndpoint : ListEndpoint<ListAuditEntries, AuditEntry>
{
    public override void Configure()
    {
        Get("audit");
        Allow(Role.ProviderAdmin, Role.TenantAdmin);
        Describe("get-all-audit-entry", "Audit", "List audit entries", "Every request that wanted to change something in the org, whoever made it and however it ended.");
    }
}
