using System.Text.RegularExpressions;
using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Identity.TenantAccounts.CreateTenantAccount;

/// <summary>A provider's invitation to an org. Source: spec/10-identity.md, section 6.2.</summary>
[Schema("TenantAccountCreateRequest")]
public sealed record CreateTenantAccount : ICommand<Guid>
{
    /// <summary>The provider that invites: the caller's own, whether it is named or not.</summary>
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>The tenant that is invited; needed where <c>tenantOrg</c> is not given, and decides where both are.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>
    /// The org that is invited, 2 to 256 letters, digits, hyphens and underscores in any case; it need not be a tenant yet. Needed where <c>tenantId</c> is not given.
    /// </summary>
    public string? TenantOrg { get; init; }
}

internal sealed partial class CreateTenantAccountEndpoint : CommandEndpoint<CreateTenantAccount, Guid, TenantAccountResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("tenant/account");
        Allow(Role.ProviderAdmin);
        Describe(
            "create-tenant-account",
            "Tenant Account",
            "Invite a tenant",
            "Invites an org, by its name or by its tenant's id. The account is Invited until a tenant administrator of that org accepts it. "
            + "A provider has one account with an org.");
    }

    protected override IQuery<TenantAccountResponse> Answer(CreateTenantAccount request, Guid id) =>
        new ReadTenantAccount(id, StatusHistory.Shown);

    [GeneratedRegex(@"^[A-Za-z0-9_-]+\z")]
    private static partial Regex OrgName();

    internal sealed class Rules : FastEndpoints.Validator<CreateTenantAccount>
    {
        public Rules()
        {
            RuleFor(order => order.TenantId).Must((order, id) => id is not null || order.TenantOrg is not null).WithMessage("or tenantOrg must be given");
            RuleFor(order => order.TenantOrg)
                .Cascade(CascadeMode.Stop)
                .Must((order, name) => name is not null || order.TenantId is not null)
                .WithMessage("or tenantId must be given")
                .Bytes(2, 256)
                .Must(name => name is null || OrgName().IsMatch(name))
                .WithMessage("must have letters, digits, '-' and '_' only");
        }
    }
}
