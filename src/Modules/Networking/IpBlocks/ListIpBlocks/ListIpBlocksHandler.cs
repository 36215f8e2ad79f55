using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks.ListIpBlocks;

internal sealed class ListIpBlocksHandler(Caller caller, Db db, IOrganizations organizations, ISites sites, IpBlockAnswers answers)
    : IRequestHandler<ListIpBlocks, Page<IpBlockResponse>>
{
    public async Task<Page<IpBlockResponse>> Handle(ListIpBlocks request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        await sites.RequireVisible(request.SiteId is { } id ? [id] : [], sides.Provider?.Id, sides.Tenant?.Id, "siteId", cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            providerId = sides.Provider?.Id,
            tenantId = sides.Tenant?.Id,
            request.SiteId,
            status = request.Status?.ToString(),
            text.Words,
            text.Like,
        };
        var page = await db.Page<IpBlock>(Sql.Of<ListIpBlocksHandler>("ListIpBlocks"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken), page.Total);
    }
}
