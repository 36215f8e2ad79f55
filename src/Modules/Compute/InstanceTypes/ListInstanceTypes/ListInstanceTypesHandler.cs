using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.InstanceTypes.ListInstanceTypes;

internal sealed class ListInstanceTypesHandler(Caller caller, Db db, IOrganizations organizations, ISites sites, InstanceTypeAnswers answers)
    : IRequestHandler<ListInstanceTypes, Page<InstanceTypeResponse>>
{
    public async Task<Page<InstanceTypeResponse>> Handle(ListInstanceTypes request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        if (request.IncludeMachineAssignment is true && sides.Provider is null)
        {
            throw Problem.Forbidden("The machines of an instance type are its provider's business");
        }

        if (request.ExcludeUnallocated is true && sides.Tenant is null)
        {
            throw Problem.Forbidden("Allocations are had by tenants");
        }

        await sites.RequireVisible(request.SiteId is { } site ? [site] : [], sides.Provider?.Id, sides.Tenant?.Id, "siteId", cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            providerId = sides.Provider?.Id,
            tenantId = sides.Tenant?.Id,
            sites = sides.Tenant is { } tenant ? (await sites.UsedBy(tenant.Id, cancellationToken)).ToArray() : [],
            allocatedOnly = request.ExcludeUnallocated ?? false,
            request.SiteId,
            status = request.Status?.ToString(),
            text.Words,
            text.Like,
        };
        var page = await db.Page<InstanceType>(
            Sql.Of<ListInstanceTypesHandler>("ListInstanceTypes"), args, request.Page(), request.SqlOrder(), cancellationToken);
        var view = new InstanceTypeView
        {
            Relations = request.IncludeRelation,
            MachinesFor = request.IncludeMachineAssignment is true ? sides.Provider!.Id : null,
            Stats = request.IncludeAllocationStats is true,
            StatsOf = sides.Tenant?.Id,
        };
        return new(await answers.Of(page.Items, view, cancellationToken), page.Total);
    }
}
