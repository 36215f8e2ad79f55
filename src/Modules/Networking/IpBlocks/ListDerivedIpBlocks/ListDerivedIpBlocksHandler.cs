using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.IpBlocks.ListDerivedIpBlocks;

internal sealed class ListDerivedIpBlocksHandler(ActingAs acting, Db db, IpBlockAnswers answers)
    : IRequestHandler<ListDerivedIpBlocks, Page<IpBlockResponse>>
{
    public async Task<Page<IpBlockResponse>> Handle(ListDerivedIpBlocks request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.Invalid, cancellationToken);
        var source = await db.OneOrNone<IpBlock>(
            Sql.Of<ListDerivedIpBlocksHandler>("SourceBlock"), new { request.IpBlockId, providerId },
            cancellationToken) ?? throw Problem.NotFound("IP block", request.IpBlockId);
        if (source.TenantId is not null)
        {
            throw Problem.Invalid("ipBlockId", $"IP block {source.Id} was given to a tenant: nothing is allocated from it");
        }

        var text = TextSearch.For(request.Query);
        var args = new { source.Id, status = request.Status?.ToString(), text.Words, text.Like, entries = StatusHistory.Shown };
        var page = await db.Page<IpBlock>(
            Sql.Of<ListDerivedIpBlocksHandler>("ListDerivedIpBlocks"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, usage: false, cancellationToken), page.Total);
    }
}
