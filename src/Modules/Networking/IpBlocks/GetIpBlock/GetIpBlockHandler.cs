using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks.GetIpBlock;

internal sealed class GetIpBlockHandler(Caller caller, Db db, IOrganizations organizations, IpBlockAnswers answers)
    : IRequestHandler<GetIpBlock, IpBlockResponse>
{
    public async Task<IpBlockResponse> Handle(GetIpBlock request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        var args = new { request.IpBlockId, providerId = sides.Provider?.Id, tenantId = sides.Tenant?.Id };
        var block = await db.OneOrNone<IpBlock>(Sql.Of<GetIpBlockHandler>("GetIpBlock"), args, cancellationToken)
            ?? throw Problem.NotFound("IP block", request.IpBlockId);
        return (await answers.Of([block], request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken, request.Entries))[0];
    }
}
