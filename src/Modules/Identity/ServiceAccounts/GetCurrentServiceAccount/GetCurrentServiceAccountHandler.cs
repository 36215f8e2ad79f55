using MediatR;
using Nico.Identity.Tenants;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.ServiceAccounts.GetCurrentServiceAccount;

internal sealed class GetCurrentServiceAccountHandler(Caller caller, Db db, TimeProvider clock)
    : IRequestHandler<GetCurrentServiceAccount, ServiceAccountResponse>
{
    public async Task<ServiceAccountResponse> Handle(GetCurrentServiceAccount request, CancellationToken cancellationToken)
    {
        if (!caller.IsServiceAccount)
        {
            return new ServiceAccountResponse();
        }

        var args = new
        {
            providerId = Guid.CreateVersion7(),
            tenantId = Guid.CreateVersion7(),
            accountId = Guid.CreateVersion7(),
            changeId = Guid.CreateVersion7(),
            accountNumber = "nico-" + Guid.NewGuid().ToString("N"),
            caller.Org,
            name = caller.OrgDisplayName,
            now = clock.Now(),
            by = caller.UserId,
        };
        var read = Sql.Of<GetCurrentServiceAccountHandler>("GetServiceAccount");
        var known = await db.OneOrNone<ServiceAccountResponse>(read, args, cancellationToken);
        if (known is not null)
        {
            return known;
        }

        await db.Execute(Tenant.HoldOrg, new { org = caller.Org }, cancellationToken);
        await db.Execute(Sql.Of<GetCurrentServiceAccountHandler>("Bootstrap"), args, cancellationToken);
        return await db.One<ServiceAccountResponse>(read, args, cancellationToken);
    }
}
