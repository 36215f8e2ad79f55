using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Sites.ListSiteStatusHistory;

internal sealed class ListSiteStatusHistoryHandler(Db db, SeenSite seen) : IRequestHandler<ListSiteStatusHistory, Page<StatusDetail>>
{
    public async Task<Page<StatusDetail>> Handle(ListSiteStatusHistory request, CancellationToken cancellationToken)
    {
        var (site, _) = await seen.Require(request.SiteId, 0, cancellationToken);
        return await HardwareModule.SiteHistory.Page(db, site.Id, request, cancellationToken);
    }
}
