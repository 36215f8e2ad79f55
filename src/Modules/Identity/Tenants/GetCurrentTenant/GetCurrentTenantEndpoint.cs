using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.Tenants.GetCurrentTenant;

/// <summary>The org's tenant, made on the first call. Source: spec/10-identity.md, section 5.1.</summary>
public sealed record GetCurrentTenant : IQuery<TenantResponse>;

internal sealed class GetCurrentTenantEndpoint : QueryEndpoint<GetCurrentTenant, TenantResponse>
{
    public override void Configure()
    {
        Get("tenant/current");
        Allow(Role.TenantAdmin);
        Describe(
            "get-current-tenant",
            "Tenant",
            "Retrieve the org's tenant",
            "The tenant side of the org in the path. The first call makes it and links the accounts to which providers have invited the org; "
            + "a later one follows the display name that the token gives the org.");
    }
}
