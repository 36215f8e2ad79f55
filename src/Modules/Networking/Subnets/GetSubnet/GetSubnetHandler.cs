using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Subnets.GetSubnet;

internal sealed class GetSubnetHandler(ActingAs acting, Db db, SubnetAnswers answers)
    : IRequestHandler<GetSubnet, SubnetResponse>
{
    public async Task<SubnetResponse> Handle(GetSubnet request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        var args = new { request.SubnetId, tenantId, request.Entries };
        var subnet = await db.OneOrNone<Subnet>(Sql.Of<GetSubnetHandler>("GetSubnet"), args, cancellationToken)
            ?? throw Problem.NotFound("Subnet", request.SubnetId);
        return (await answers.Of([subnet], request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken))[0];
    }
}
