using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.Subnets.ListSubnets;

internal sealed class ListSubnetsHandler(
    ActingAs acting, Db db, ISites sites, INetworks networks, SubnetAnswers answers)
    : IRequestHandler<ListSubnets, Page<SubnetResponse>>
{
    public async Task<Page<SubnetResponse>> Handle(ListSubnets request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        await sites.RequireSeen(request.SiteId is { } site ? [site] : [], "siteId", cancellationToken);
        await networks.RequireOwnVpc(request.VpcId, tenantId, cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            tenantId,
            request.SiteId,
            request.VpcId,
            status = request.Status?.ToString(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<Subnet>(
            Sql.Of<ListSubnetsHandler>("ListSubnets"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken), page.Total);
    }
}
