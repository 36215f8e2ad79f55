using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Identity.TenantAccounts.UpdateTenantAccount;

/// <summary>
/// A tenant's acceptance of an invitation, or a provider's word on what the tenant may do at its sites. Sources: spec/10-identity.md, section 6.5,
/// and spec/01-versions.md, section 6.2.
/// </summary>
[Schema("TenantAccountUpdateRequest")]
public sealed record UpdateTenantAccount : ICommand<Guid>
{
    /// <summary>Id of the account.</summary>
    [Path]
    public Guid AccountId { get; init; }

    /// <summary>For an acceptance: the user whom the provider may turn to, who is the caller; or left out.</summary>
    public Guid? TenantContactId { get; init; }

    /// <summary>
    /// For the provider: what the tenant may do at its sites, in the place of what was said before. One entry without sites is the default of
    /// all that are not named.
    /// </summary>
    public IReadOnlyList<SiteCapabilityRequest>? SiteCapabilities { get; init; }
}

/// <summary>What a tenant is to be allowed at some sites, or by default.</summary>
[Schema("TenantAccountSiteCapabilityRequest")]
public sealed record SiteCapabilityRequest
{
    /// <summary>Sites of the provider's where the tenant has something allocated; none, or left out, for the default.</summary>
    [Bound(Entries = 1000)]
    public IReadOnlyList<Guid>? SiteIds { get; init; }

    /// <summary>True to let it create instances on machines of its own choice, and see the provider's hardware.</summary>
    public bool? TargetedInstanceCreation { get; init; }

    internal bool IsDefault => SiteIds is null or { Count: 0 };
}

internal sealed class UpdateTenantAccountEndpoint : CommandEndpoint<UpdateTenantAccount, Guid, TenantAccountResponse>
{
    public override void Configure()
    {
        Patch("tenant/account/{accountId}");
        Allow(Role.ProviderAdmin, Role.TenantAdmin);
        Describe(
            "update-tenant-account",
            "Tenant Account",
            "Accept an invitation, or say what the tenant may do",
            "Without siteCapabilities a tenant's administrator accepts what a provider has offered to the org, and becomes the account's contact; an "
            + "account is accepted once. With them an administrator of the account's provider says at which sites the tenant may choose machines.",
            404);
    }

    protected override IQuery<TenantAccountResponse> Answer(UpdateTenantAccount request, Guid id) =>
        new ReadTenantAccount(id, StatusHistory.ShownAfterUpdate);

    internal sealed class Rules : FastEndpoints.Validator<UpdateTenantAccount>
    {
        public Rules()
        {
            RuleFor(order => order.TenantContactId)
                .Must((order, contact) => contact is null || order.SiteCapabilities is null)
                .WithMessage("cannot be given together with siteCapabilities");
            RuleFor(order => order.SiteCapabilities)
                .Cascade(CascadeMode.Stop)
                .Must(entries => entries is null || entries.Count(entry => entry is { IsDefault: true }) == 1)
                .WithMessage("must have exactly one entry without siteIds: the default")
                .Must(entries => entries is null || entries.SelectMany(entry => entry?.SiteIds ?? []).GroupBy(id => id).All(same => same.Count() == 1))
                .WithMessage("must name each site once");
            RuleForEach(order => order.SiteCapabilities).Must(entry => entry is not null).WithMessage("must be an object").ChildRules(entry => entry.RuleFor(each => each.TargetedInstanceCreation).Required());
        }
    }
}
