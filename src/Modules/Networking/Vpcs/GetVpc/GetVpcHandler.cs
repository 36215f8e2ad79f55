using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Vpcs.GetVpc;

internal sealed class GetVpcHandler(ActingAs acting, Db db, VpcAnswers answers) : IRequestHandler<GetVpc, VpcResponse>
{
    public async Task<VpcResponse> Handle(GetVpc request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var vpc = await db.OneOrNone<Vpc>(Sql.Of<GetVpcHandler>("GetVpc"), new { request.VpcId, tenantId, request.Entries }, cancellationToken)
            ?? throw Problem.NotFound("VPC", request.VpcId);
        return (await answers.Of([vpc], request.IncludeRelation, cancellationToken))[0];
    }
}
