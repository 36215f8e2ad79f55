using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks.GetIpBlock;

internal sealed class GetIpBlockHandler(ActingAs acting, Db db, IpBlockAnswers answers)
    : IRequestHandler<GetIpBlock, IpBlockResponse>
{
    public async Task<IpBlockResponse> Handle(GetIpBlock request, CancellationToken cancellationToken)
    {
        var ids = await acting.Ids(cancellationToken);
        var args = new { request.IpBlockId, ids.ProviderId, ids.TenantId, request.Entries };
        var block = await db.OneOrNone<IpBlock>(Sql.Of<GetIpBlockHandler>("GetIpBlock"), args, cancellationToken)
            ?? throw Problem.NotFound("IP block", request.IpBlockId);
        return (await answers.Of([block], request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken))[0];
    }
}
