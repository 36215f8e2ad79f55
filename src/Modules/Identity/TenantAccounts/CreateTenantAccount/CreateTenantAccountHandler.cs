using MediatR;
using Nico.Identity.Contracts;
using Nico.Identity.Tenants;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;

namespace Nico.Identity.TenantAccounts.CreateTenantAccount;

internal sealed class CreateTenantAccountHandler(
    ActingAs acting, Caller caller, Db db, IOrganizations organizations, ObjectLimits limits, TimeProvider clock)
    : IRequestHandler<CreateTenantAccount, Guid>
{
    public async Task<Guid> Handle(CreateTenantAccount request, CancellationToken cancellationToken)
    {
        var provider = await acting.Provider(NotYet.Invalid, cancellationToken);
        await limits.Require("TenantAccount", provider.Id, Sql.Of<CreateTenantAccountHandler>("CountOwned"), 1, cancellationToken);
        if (request.InfrastructureProviderId is { } named && named != provider.Id)
        {
            throw Problem.Invalid("infrastructureProviderId", $"is not the provider of org {caller.Org}");
        }

        var (org, tenant) = await Invited(request, cancellationToken);
        var args = new
        {
            id = Guid.CreateVersion7(),
            accountNumber = "nico-" + Guid.NewGuid().ToString("N"),
            providerId = provider.Id,
            org,
            tenantId = tenant?.Id,
            now = clock.Now(),
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateTenantAccountHandler>("CreateTenantAccount"), args, cancellationToken) == 0)
        {
            throw Problem.Invalid(request.TenantId is null ? "tenantOrg" : "tenantId", $"org {org} has an account with this provider already");
        }

        await IdentityModule.TenantAccountHistory.Append(
            db, args.id, nameof(TenantAccountStatus.Invited), "The provider has invited the org", args.now, cancellationToken);
        return args.id;
    }

    private async Task<(string Org, TenantRef? Tenant)> Invited(CreateTenantAccount request, CancellationToken ct)
    {
        if (request.TenantId is { } id)
        {
            var known = await organizations.TenantById(id, ct) ?? throw Problem.Invalid("tenantId", $"tenant {id} does not exist");
            return (known.Org, known);
        }

        // A tenant that is being made now links its accounts either after this one is there or before this one looks.
        var org = request.TenantOrg!.ToLowerInvariant();
        await db.Execute(Tenant.HoldOrg, new { org }, ct);
        return (org, await organizations.Tenant(org, ct));
    }
}
