using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks.ListIpBlocks;

internal sealed class ListIpBlocksHandler(ActingAs acting, Db db, ISites sites, IpBlockAnswers answers)
    : IRequestHandler<ListIpBlocks, Page<IpBlockResponse>>
{
    public async Task<Page<IpBlockResponse>> Handle(ListIpBlocks request, CancellationToken cancellationToken)
    {
        var ids = await acting.Ids(cancellationToken);
        await sites.RequireSeen(request.SiteId is { } site ? [site] : [], "siteId", cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            ids.ProviderId,
            ids.TenantId,
            request.SiteId,
            status = request.Status?.ToString(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<IpBlock>(Select(ids), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken), page.Total);
    }

    /// <summary>A caller of one side gets a condition that an index in the list's order serves; one of both sides gets both.</summary>
    private static string Select(ActingIds ids) => Sql.Of<ListIpBlocksHandler>((ids.ProviderId, ids.TenantId) switch
    {
        (not null, null) => "ListIpBlocksOfProvider",
        (null, not null) => "ListIpBlocksOfTenant",
        _ => "ListIpBlocks",
    });
}
