using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Audit.Entries.GetAuditEntry;

/// <summary>One audit entry of the org. Source: spec/50-audit.md, section 3.2.</summary>
public sealed record GetAuditEntry : IQuery<AuditEntry>
{
    /// <summary>Id of the entry.</summary>
    [Path]
    public Guid AuditEntryId { get; init; }
}

internal sealed class GetAuditEntryEndpoint : QueryEndpoint<GetAuditEntry, AuditEntry>
{
    public override void Configure()
    {
        Get("audit/{auditEntryId}");
        Allow(Role.ProviderAdmin, Role.TenantAdmin);
        Describe("get-audit-entry", "Audit", "Retrieve an audit entry", "One request that wanted to change something in the org.", 404);
    }
}
