using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.InstanceTypes.GetInstanceType;

internal sealed class GetInstanceTypeHandler(
    ActingAs acting, Db db, ISites sites, InstanceTypeAnswers answers)
    : IRequestHandler<GetInstanceType, InstanceTypeResponse>
{
    public async Task<InstanceTypeResponse> Handle(GetInstanceType request, CancellationToken cancellationToken)
    {
        var ids = await acting.Ids(cancellationToken);
        var showsMachines = request.IncludeMachineAssociation is true || request.IncludeMachineAssignment is true;
        if (showsMachines && ids.ProviderId is null)
        {
            throw Problem.Forbidden("The machines of an instance type are its provider's business");
        }

        var type = await db.OneOrNone<InstanceType>(
            Sql.Of<GetInstanceTypeHandler>("GetInstanceType"), new { request.InstanceTypeId, request.Entries }, cancellationToken);
        var isOwner = type is not null && type.InfrastructureProviderId == ids.ProviderId;
        if (type is null || !(isOwner || (ids.TenantId is { } tenantId && await sites.IsUsedBy(type.SiteId, tenantId, cancellationToken))))
        {
            throw Problem.NotFound("Instance type", request.InstanceTypeId);
        }

        if (showsMachines && !isOwner)
        {
            throw Problem.Forbidden("The machines of an instance type are its provider's business");
        }

        var view = new InstanceTypeView
        {
            Relations = request.IncludeRelation,
            MachinesFor = showsMachines ? ids.ProviderId : null,
            Stats = request.IncludeAllocationStats is true,
            StatsOf = isOwner ? null : ids.TenantId,
        };
        return (await answers.Of([type], view, cancellationToken))[0];
    }
}
