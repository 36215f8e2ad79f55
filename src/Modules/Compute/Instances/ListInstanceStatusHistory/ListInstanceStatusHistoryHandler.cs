using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInstanceStatusHistory;

internal sealed class ListInstanceStatusHistoryHandler(ActingAs acting, Db db, InstanceRows rows)
    : IRequestHandler<ListInstanceStatusHistory, Page<StatusDetail>>
{
    public async Task<Page<StatusDetail>> Handle(ListInstanceStatusHistory request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var instance = await rows.OfTenant(request.InstanceId, tenantId, cancellationToken) ?? throw Problem.NotFound("Instance", request.InstanceId);
        return await ComputeModule.InstanceHistory.Page(db, instance.Id, request, cancellationToken);
    }
}
