using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.InstanceTypes.ListInstanceTypes;

internal sealed class ListInstanceTypesHandler(ActingAs acting, Db db, ISites sites, InstanceTypeAnswers answers)
    : IRequestHandler<ListInstanceTypes, Page<InstanceTypeResponse>>
{
    public async Task<Page<InstanceTypeResponse>> Handle(ListInstanceTypes request, CancellationToken cancellationToken)
    {
        var ids = await acting.Ids(cancellationToken);
        if (request.IncludeMachineAssignment is true && ids.ProviderId is null)
        {
            throw Problem.Forbidden("The machines of an instance type are its provider's business");
        }

        if (request.ExcludeUnallocated is true && ids.TenantId is null)
        {
            throw Problem.Forbidden("Allocations are had by tenants");
        }

        await sites.RequireSeen(request.SiteId is { } site ? [site] : [], "siteId", cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            ids.ProviderId,
            ids.TenantId,
            sites = ids.TenantId is { } tenantId ? (await sites.UsedBy(tenantId, cancellationToken)).ToArray() : [],
            allocatedOnly = request.ExcludeUnallocated ?? false,
            request.SiteId,
            status = request.Status?.ToString(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<InstanceType>(
            Sql.Of<ListInstanceTypesHandler>("ListInstanceTypes"), args, request.Page(), request.SqlOrder(), cancellationToken);
        var view = new InstanceTypeView
        {
            Relations = request.IncludeRelation,
            MachinesFor = request.IncludeMachineAssignment is true ? ids.ProviderId : null,
            Stats = request.IncludeAllocationStats is true,
            StatsOf = ids.TenantId,
        };
        return new(await answers.Of(page.Items, view, cancellationToken), page.Total);
    }
}
