using Nico.Identity.Contracts;

namespace Nico.Identity.Tenants;

/// <summary>A row of <c>identity.tenant</c>.</summary>
internal sealed record Tenant(Guid Id, string Org, string? OrgDisplayName, bool IsPrivileged, DateTime Created, DateTime Updated)
{
    /// <summary>Holds the org while the transaction lasts: who makes its tenant and who invites it come one after the other.</summary>
    public const string HoldOrg = "select pg_advisory_xact_lock(hashtextextended('identity.tenant ' || @org, 0))";

    public TenantResponse ToResponse() => new()
    {
        Id = Id,
        Org = Org,
        OrgDisplayName = OrgDisplayName,
        Capabilities = new TenantCapabilities { TargetedInstanceCreation = IsPrivileged },
        Created = Created,
        Updated = Updated,
    };
}
