using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.TenantAccounts.UpdateTenantAccount;

/// <summary>A tenant's acceptance of an invitation. Source: spec/10-identity.md, section 6.5.</summary>
[Schema("TenantAccountUpdateRequest")]
public sealed record UpdateTenantAccount : ICommand<Guid>
{
    /// <summary>Id of the account.</summary>
    [Path]
    public Guid AccountId { get; init; }

    /// <summary>The user whom the provider may turn to: the caller, or left out.</summary>
    public Guid? TenantContactId { get; init; }
}

internal sealed class UpdateTenantAccountEndpoint : CommandEndpoint<UpdateTenantAccount, Guid, TenantAccountResponse>
{
    public override void Configure()
    {
        Patch("tenant/account/{accountId}");
        Allow(Role.TenantAdmin);
        Describe(
            "update-tenant-account",
            "Tenant Account",
            "Accept an invitation",
            "Accepts what a provider has offered to the caller's org; the caller becomes the account's contact. An account is accepted once.",
            404);
    }

    protected override IQuery<TenantAccountResponse> Answer(UpdateTenantAccount request, Guid id) =>
        new ReadTenantAccount(id, StatusHistory.ShownAfterUpdate);
}
