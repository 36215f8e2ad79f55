using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.TenantAccounts.DeleteTenantAccount;

/// <summary>A provider's end to an account. Source: spec/10-identity.md, section 6.6.</summary>
public sealed record DeleteTenantAccount : ICommand<Unit>
{
    /// <summary>Id of the account.</summary>
    [Path]
    public Guid AccountId { get; init; }
}

internal sealed class DeleteTenantAccountEndpoint : DeleteEndpoint<DeleteTenantAccount>
{
    public override void Configure()
    {
        Delete("tenant/account/{accountId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-tenant-account",
            "Tenant Account",
            "Delete a tenant account",
            "Takes an invitation back, or ends an account, unless the tenant has allocations from the provider. The org can be invited again.",
            404);
    }
}
