using Nico.Identity.Contracts;
using Nico.SharedKernel.Http;

namespace Nico.Identity.Tenants;

/// <summary>The tenant side of an org: consumer of what providers allocate to it.</summary>
[Schema("Tenant")]
public sealed record TenantResponse
{
    /// <summary>Id of the tenant.</summary>
    public Guid Id { get; init; }

    /// <summary>The tenant's org, in lower case.</summary>
    public required string Org { get; init; }

    /// <summary>What the org calls itself, as the last caller's token had it.</summary>
    public string? OrgDisplayName { get; init; }

    /// <summary>What the tenant may do beyond the usual.</summary>
    public required TenantCapabilities Capabilities { get; init; }

    /// <summary>When the tenant was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}
