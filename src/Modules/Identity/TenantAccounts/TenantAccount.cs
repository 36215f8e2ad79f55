using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Identity.TenantAccounts;

/// <summary>Where an account stands. Only Invited and Ready occur; the others are values to filter by and to count.</summary>
public enum TenantAccountStatus
{
    /// <summary>Being made.</summary>
    Pending,

    /// <summary>Offered to an org that has not accepted yet.</summary>
    Invited,

    /// <summary>Accepted.</summary>
    Ready,

    /// <summary>Failed.</summary>
    Error,
}

/// <summary>What an answer about accounts can embed.</summary>
public enum TenantAccountRelation
{
    /// <summary>The provider, as <c>infrastructureProvider</c>.</summary>
    InfrastructureProvider,

    /// <summary>The tenant, as <c>tenant</c>.</summary>
    Tenant,

    /// <summary>The user who accepted, who is embedded anyway.</summary>
    TenantContact,
}

/// <summary>A row of <c>identity.tenant_account</c> with its provider's org and the user who accepted.</summary>
internal sealed record TenantAccount
{
    public Guid Id { get; init; }

    public required string AccountNumber { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public required string InfrastructureProviderOrg { get; init; }

    public Guid? TenantId { get; init; }

    public required string TenantOrg { get; init; }

    public TenantAccountStatus Status { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    public Guid? ContactId { get; init; }

    public string? ContactEmail { get; init; }

    public string? ContactFirstName { get; init; }

    public string? ContactLastName { get; init; }

    public DateTime? ContactCreated { get; init; }

    public DateTime? ContactUpdated { get; init; }

    /// <summary>Whether the tenant may choose machines at the provider's sites.</summary>
    public bool TargetedInstanceCreation { get; init; }

    /// <summary>The sites where that is the other way round.</summary>
    public Guid[] SwitchedSites { get; init; } = [];

    /// <summary>
    /// Whether the org may ask for accounts in the name of what the query names: of its own provider with a provider's role, else of
    /// its own tenant with the tenant's. 403 when only the role is missing, 400 when neither is the org's.
    /// </summary>
    public static async Task RequireSide(
        Guid? infrastructureProviderId, Guid? tenantId, Caller caller, IOrganizations organizations, CancellationToken ct)
    {
        if (infrastructureProviderId is not null && await organizations.ProviderId(caller.Org, ct) == infrastructureProviderId)
        {
            if (!caller.IsProvider)
            {
                throw Problem.Forbidden("A provider's accounts are for its administrators and viewers");
            }
        }
        else if (tenantId is not null && await organizations.TenantId(caller.Org, ct) == tenantId)
        {
            if (!caller.IsTenant)
            {
                throw Problem.Forbidden("A tenant's accounts are for its administrators");
            }
        }
        else
        {
            throw Problem.Invalid(
                infrastructureProviderId is null ? "tenantId" : "infrastructureProviderId",
                $"neither the provider nor the tenant that is named is of org {caller.Org}");
        }
    }

    public TenantAccountResponse ToResponse(IEnumerable<StatusDetail> history, int allocations) => new()
    {
        Id = Id,
        AccountNumber = AccountNumber,
        InfrastructureProviderId = InfrastructureProviderId,
        InfrastructureProviderOrg = InfrastructureProviderOrg,
        TenantId = TenantId,
        TenantOrg = TenantOrg,
        TenantContact = ContactId is not { } contact ? null : new User
        {
            Id = contact,
            Email = ContactEmail,
            FirstName = ContactFirstName,
            LastName = ContactLastName,
            Created = ContactCreated!.Value,
            Updated = ContactUpdated!.Value,
        },
        AllocationCount = allocations,
        SiteCapabilities = Capabilities(),
        Status = Status,
        StatusHistory = [.. history],
        Created = Created,
        Updated = Updated,
    };

    private IReadOnlyList<TenantAccountSiteCapability> Capabilities()
    {
        var byDefault = new TenantAccountSiteCapability([], TargetedInstanceCreation);
        return SwitchedSites.Length == 0 ? [byDefault] : [byDefault, new TenantAccountSiteCapability([.. SwitchedSites.Order()], !TargetedInstanceCreation)];
    }
}
