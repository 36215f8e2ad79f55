using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks.DeleteIpBlock;

internal sealed class DeleteIpBlockHandler(ActingAs acting, Db db, IpBlockRows rows) : IRequestHandler<DeleteIpBlock, Unit>
{
    public async Task<Unit> Handle(DeleteIpBlock request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        // The lock keeps allocations from carving the block meanwhile.
        var block = await rows.Lock(request.IpBlockId, providerId, cancellationToken);
        if (block.TenantId is not null)
        {
            throw Problem.Invalid($"IP block {block.Id} was given to a tenant: it goes with its allocation");
        }

        if (await db.One<bool>("select exists (select 1 from networking.ip_block where source_id = @Id)", block, cancellationToken))
        {
            throw Problem.Invalid($"IP block {block.Id} still has allocations: delete them first");
        }

        await db.Execute("delete from networking.ip_block where id = @Id", block, cancellationToken);
        await NetworkingModule.IpBlockHistory.Forget(db, [block.Id], cancellationToken);
        return Unit.Value;
    }
}
