using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInstanceStatusHistory;

internal sealed class ListInstanceStatusHistoryHandler(Caller caller, Db db, IOrganizations organizations, InstanceRows rows)
    : IRequestHandler<ListInstanceStatusHistory, Page<StatusDetail>>
{
    public async Task<Page<StatusDetail>> Handle(ListInstanceStatusHistory request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 403, cancellationToken);
        var instance = await rows.OfTenant(request.InstanceId, tenant.Id, cancellationToken) ?? throw Problem.NotFound("Instance", request.InstanceId);
        return await ComputeModule.InstanceHistory.Page(db, instance.Id, request, cancellationToken);
    }
}
