using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.GetInstance;

internal sealed class GetInstanceHandler(ActingAs acting, Db db, InstanceAnswers answers)
    : IRequestHandler<GetInstance, InstanceResponse>
{
    public async Task<InstanceResponse> Handle(GetInstance request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var args = new { request.InstanceId, tenantId, entries = StatusHistory.Shown };
        var instance = await db.OneOrNone<Instance>(Sql.Of<GetInstanceHandler>("GetInstance"), args, cancellationToken)
            ?? throw Problem.NotFound("Instance", request.InstanceId);
        return (await answers.Of([instance], request.IncludeRelation, cancellationToken))[0];
    }
}
