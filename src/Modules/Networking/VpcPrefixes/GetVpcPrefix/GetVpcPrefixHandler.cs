using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.VpcPrefixes.GetVpcPrefix;

internal sealed class GetVpcPrefixHandler(ActingAs acting, Db db, VpcPrefixAnswers answers)
    : IRequestHandler<GetVpcPrefix, VpcPrefixResponse>
{
    public async Task<VpcPrefixResponse> Handle(GetVpcPrefix request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        var args = new { request.VpcPrefixId, tenantId, request.Entries };
        var prefix = await db.OneOrNone<VpcPrefix>(Sql.Of<GetVpcPrefixHandler>("GetVpcPrefix"), args, cancellationToken)
            ?? throw Problem.NotFound("VPC prefix", request.VpcPrefixId);
        return (await answers.Of([prefix], request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken))[0];
    }
}
