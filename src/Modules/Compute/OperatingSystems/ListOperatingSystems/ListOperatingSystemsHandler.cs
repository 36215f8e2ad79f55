using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.OperatingSystems.ListOperatingSystems;

internal sealed class ListOperatingSystemsHandler(ActingAs acting, Db db, ISites sites, OperatingSystemAnswers answers)
    : IRequestHandler<ListOperatingSystems, Page<OperatingSystemResponse>>
{
    public async Task<Page<OperatingSystemResponse>> Handle(ListOperatingSystems request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        await sites.RequireSeen(request.SiteId, "siteId", cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            tenantId,
            siteIds = request.SiteId.ToArray(),
            types = request.Type.Select(type => type.ToString()).ToArray(),
            statuses = request.Status.Select(status => status.ToString()).ToArray(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<OperatingSystem>(
            Sql.Of<ListOperatingSystemsHandler>("ListOperatingSystems"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, request.SiteId, cancellationToken), page.Total);
    }
}
