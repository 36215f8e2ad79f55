using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Subnets.GetSubnet;

internal sealed class GetSubnetHandler(Caller caller, Db db, IOrganizations organizations, SubnetAnswers answers)
    : IRequestHandler<GetSubnet, SubnetResponse>
{
    public async Task<SubnetResponse> Handle(GetSubnet request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        var args = new { request.SubnetId, tenantId = tenant.Id };
        var subnet = await db.OneOrNone<Subnet>(Sql.Of<GetSubnetHandler>("GetSubnet"), args, cancellationToken)
            ?? throw Problem.NotFound("Subnet", request.SubnetId);
        return (await answers.Of([subnet], request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken, request.Entries))[0];
    }
}
