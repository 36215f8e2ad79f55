using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.TenantAccounts.UpdateTenantAccount;

internal sealed class UpdateTenantAccountHandler(ActingAs acting, Caller caller, Db db, ISites sites, TimeProvider clock)
    : IRequestHandler<UpdateTenantAccount, Guid>
{
    public async Task<Guid> Handle(UpdateTenantAccount request, CancellationToken cancellationToken)
    {
        await (request.SiteCapabilities is { } capabilities
            ? Allow(request.AccountId, capabilities, cancellationToken)
            : Accept(request, cancellationToken));
        return request.AccountId;
    }

    private async Task Accept(UpdateTenantAccount request, CancellationToken ct)
    {
        if (!caller.IsTenant)
        {
            throw Problem.Forbidden("An invitation is accepted by a tenant's administrator");
        }

        var tenantId = await acting.TenantId(NotYet.NotFound, ct);
        var account = await Lock(request.AccountId, null, tenantId, ct);
        if (request.TenantContactId is { } contact && contact != caller.UserId)
        {
            throw Problem.Invalid("tenantContactId", "must be the caller");
        }

        if (account.Status != TenantAccountStatus.Invited)
        {
            throw Problem.Invalid($"Tenant account {request.AccountId} is {account.Status}: only an invitation can be accepted");
        }

        var args = new { request.AccountId, by = caller.UserId, now = clock.Now() };
        await db.Execute(Sql.Of<UpdateTenantAccountHandler>("AcceptTenantAccount"), args, ct);
        await IdentityModule.TenantAccountHistory.Append(
            db, request.AccountId, nameof(TenantAccountStatus.Ready), "The tenant has accepted", args.now, ct);
    }

    private async Task Allow(Guid accountId, IReadOnlyList<SiteCapabilityRequest> capabilities, CancellationToken ct)
    {
        if (!caller.Has(Role.ProviderAdmin))
        {
            throw Problem.Forbidden("What a tenant may do is said by an administrator of the account's provider");
        }

        var providerId = await acting.ProviderId(NotYet.NotFound, ct);
        var account = await Lock(accountId, providerId, null, ct);
        Guid[] named = [.. capabilities.SelectMany(entry => entry.SiteIds ?? [])];
        await RequireSites(named, providerId, account.TenantId, ct);
        var byDefault = capabilities.Single(entry => entry.IsDefault).TargetedInstanceCreation;
        var args = new
        {
            accountId,
            byDefault,
            switched = capabilities.Where(entry => entry.TargetedInstanceCreation != byDefault).SelectMany(entry => entry.SiteIds ?? []).Order().ToArray(),
            now = clock.Now(),
        };
        await db.Execute(Sql.Of<UpdateTenantAccountHandler>("AllowAtSites"), args, ct);
    }

    /// <summary>400 unless each is a site of the provider where the tenant has something allocated.</summary>
    private async Task RequireSites(Guid[] named, Guid providerId, Guid? tenantId, CancellationToken ct)
    {
        if (named.Length == 0)
        {
            return;
        }

        var known = await sites.Summaries(named, ct);
        var used = tenantId is { } tenant ? await sites.UsedBy(tenant, ct) : new HashSet<Guid>();
        foreach (var id in named.Where(id => known.GetValueOrDefault(id)?.InfrastructureProviderId != providerId || !used.Contains(id)))
        {
            throw Problem.Invalid("siteCapabilities", $"site {id} is none of the provider where the tenant has an allocation");
        }
    }

    private async Task<Locked> Lock(Guid accountId, Guid? providerId, Guid? tenantId, CancellationToken ct) =>
        await db.OneOrNone<Locked>(Sql.Of<UpdateTenantAccountHandler>("LockTenantAccount"), new { accountId, providerId, tenantId }, ct)
        ?? throw Problem.NotFound("Tenant account", accountId);

    private sealed record Locked(TenantAccountStatus Status, Guid? TenantId);
}
