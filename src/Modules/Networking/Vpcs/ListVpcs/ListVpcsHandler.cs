using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.Vpcs.ListVpcs;

internal sealed class ListVpcsHandler(ActingAs acting, Db db, ISites sites, VpcAnswers answers)
    : IRequestHandler<ListVpcs, Page<VpcResponse>>
{
    public async Task<Page<VpcResponse>> Handle(ListVpcs request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        await sites.RequireSeen(request.SiteId, "siteId", cancellationToken);
        References.RequireNoSecurityGroup(request.NetworkSecurityGroupId, "networkSecurityGroupId");
        References.RequireNoNvLinkPartition(request.NvLinkLogicalPartitionId, "nvLinkLogicalPartitionId");
        var text = TextSearch.For(request.Query);
        var args = new
        {
            tenantId,
            siteIds = request.SiteId.ToArray(),
            statuses = request.Status.Select(status => status.ToString()).ToArray(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<Vpc>(Sql.Of<ListVpcsHandler>("ListVpcs"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, cancellationToken), page.Total);
    }
}
