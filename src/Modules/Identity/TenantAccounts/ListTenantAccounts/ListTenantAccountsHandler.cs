using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Identity.TenantAccounts.ListTenantAccounts;

internal sealed class ListTenantAccountsHandler(
    ActingAs acting, Caller caller, Db db, IOrganizations organizations, TenantAccountAnswers answers)
    : IRequestHandler<ListTenantAccounts, Page<TenantAccountResponse>>
{
    public async Task<Page<TenantAccountResponse>> Handle(ListTenantAccounts request, CancellationToken cancellationToken)
    {
        if (request.InfrastructureProviderId is not null || request.TenantId is not null)
        {
            await TenantAccount.RequireSide(request.InfrastructureProviderId, request.TenantId, caller, organizations, cancellationToken);
        }

        var own = await acting.Ids(cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            ofProvider = own.ProviderId,
            ofTenant = own.TenantId,
            request.InfrastructureProviderId,
            request.TenantId,
            status = request.Status?.ToString(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<TenantAccount>(
            Sql.Of<ListTenantAccountsHandler>("ListTenantAccounts"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.Embedded(), cancellationToken), page.Total);
    }
}
