using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Allocations.ListAllocations;

internal sealed class ListAllocationsHandler(ActingAs acting, Db db, ISites sites, AllocationAnswers answers)
    : IRequestHandler<ListAllocations, Page<AllocationResponse>>
{
    public async Task<Page<AllocationResponse>> Handle(ListAllocations request, CancellationToken cancellationToken)
    {
        var ids = await acting.Ids(cancellationToken);
        await sites.RequireSeen(request.SiteId, "siteId", cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            ids.ProviderId,
            ids.TenantId,
            tenantIds = ids.ProviderId is null ? [] : request.TenantId.ToArray(),
            allocationIds = request.Id.ToArray(),
            siteIds = request.SiteId.ToArray(),
            statuses = Names(request.Status),
            resourceTypes = Names(request.ResourceType),
            resourceTypeIds = request.ResourceTypeId.ToArray(),
            constraintTypes = Names(request.ConstraintType),
            constraintValues = request.ConstraintValue.ToArray(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<Allocation>(
            Select(request), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.Embedded(), cancellationToken), page.Total);
    }

    /// <summary>An order by what is given is in an index of the constraints, any other in one of the allocations.</summary>
    private static string Select(ListAllocations request) =>
        Sql.Of<ListAllocationsHandler>(request.IsByConstraint ? "ListAllocationsByConstraint" : "ListAllocations");

    private static string[] Names<T>(IReadOnlyList<T> values)
        where T : struct, Enum => [.. values.Select(value => value.ToString())];
}
