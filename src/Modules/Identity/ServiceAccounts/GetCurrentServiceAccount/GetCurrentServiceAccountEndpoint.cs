using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.ServiceAccounts.GetCurrentServiceAccount;

/// <summary>Makes one org provider and tenant at once. Source: spec/10-identity.md, section 3.</summary>
public sealed record GetCurrentServiceAccount : IQuery<ServiceAccountResponse>;

/// <summary>Whether the caller is a service account, and which provider and tenant it acts as.</summary>
[Schema("ServiceAccount")]
public sealed record ServiceAccountResponse
{
    /// <summary>True when the token is a service account's.</summary>
    public bool Enabled { get; init; }

    /// <summary>The provider that it acts as; null when it is none.</summary>
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>The tenant that it acts as; null when it is none.</summary>
    public Guid? TenantId { get; init; }
}

internal sealed class GetCurrentServiceAccountEndpoint : QueryEndpoint<GetCurrentServiceAccount, ServiceAccountResponse>
{
    public override void Configure()
    {
        Get("service-account/current");
        AllowAnyMember();
        Describe(
            "get-current-service-account",
            "Service Account",
            "Retrieve the org's service account",
            "For a service account's token: the org's provider and tenant, made on the first call and linked by a Ready account; "
            + "the tenant may choose machines for its instances. For any other token: not enabled, and nothing is written.");
    }
}
