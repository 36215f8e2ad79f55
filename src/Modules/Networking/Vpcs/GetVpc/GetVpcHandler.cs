using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Vpcs.GetVpc;

internal sealed class GetVpcHandler(Caller caller, Db db, IOrganizations organizations, VpcAnswers answers) : IRequestHandler<GetVpc, VpcResponse>
{
    public async Task<VpcResponse> Handle(GetVpc request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 403, cancellationToken);
        var vpc = await db.OneOrNone<Vpc>(Sql.Of<GetVpcHandler>("GetVpc"), new { request.VpcId, tenantId = tenant.Id }, cancellationToken)
            ?? throw Problem.NotFound("VPC", request.VpcId);
        return (await answers.Of([vpc], request.IncludeRelation, request.Entries, cancellationToken))[0];
    }
}
