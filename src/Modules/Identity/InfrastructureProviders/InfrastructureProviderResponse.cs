using Nico.SharedKernel.Http;

namespace Nico.Identity.InfrastructureProviders;

/// <summary>The provider side of an org: owner of sites and hardware.</summary>
[Schema("InfrastructureProvider")]
public sealed record InfrastructureProviderResponse
{
    /// <summary>Id of the provider.</summary>
    public Guid Id { get; init; }

    /// <summary>The provider's org, in lower case.</summary>
    public required string Org { get; init; }

    /// <summary>What the org calls itself, as the last caller's token had it.</summary>
    public string? OrgDisplayName { get; init; }

    /// <summary>When the provider was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }
}
