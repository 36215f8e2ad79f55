using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.VpcPrefixes.GetVpcPrefix;

internal sealed class GetVpcPrefixHandler(Caller caller, Db db, IOrganizations organizations, VpcPrefixAnswers answers)
    : IRequestHandler<GetVpcPrefix, VpcPrefixResponse>
{
    public async Task<VpcPrefixResponse> Handle(GetVpcPrefix request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        var args = new { request.VpcPrefixId, tenantId = tenant.Id };
        var prefix = await db.OneOrNone<VpcPrefix>(Sql.Of<GetVpcPrefixHandler>("GetVpcPrefix"), args, cancellationToken)
            ?? throw Problem.NotFound("VPC prefix", request.VpcPrefixId);
        return (await answers.Of([prefix], request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken, request.Entries))[0];
    }
}
