using Nico.Identity.Contracts;

namespace Nico.Identity.Tenants;

/// <summary>A row of <c>identity.tenant</c>.</summary>
internal sealed record Tenant(Guid Id, string Org, string? OrgDisplayName, bool TargetedInstanceCreation, DateTime Created, DateTime Updated)
{
    public TenantResponse ToResponse() => new()
    {
        Id = Id,
        Org = Org,
        OrgDisplayName = OrgDisplayName,
        Capabilities = new TenantCapabilities { TargetedInstanceCreation = TargetedInstanceCreation },
        Created = Created,
        Updated = Updated,
    };
}
