using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks.UpdateIpBlock;

internal sealed class UpdateIpBlockHandler(ActingAs acting, Db db, IpBlockRows rows, IMediator mediator, TimeProvider clock)
    : IRequestHandler<UpdateIpBlock, Guid>
{
    public async Task<Guid> Handle(UpdateIpBlock request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var block = await rows.Lock(request.IpBlockId, providerId, cancellationToken);
        var changed = block with
        {
            Name = request.Name ?? block.Name,
            Description = request.Description ?? block.Description,
            Updated = clock.Now(),
        };
        await Write(changed, cancellationToken);
        if (changed.Name != block.Name)
        {
            await mediator.Publish(new IpBlockRenamed(block.Id, changed.Name), cancellationToken);
        }

        return block.Id;
    }

    private async Task Write(IpBlock block, CancellationToken ct)
    {
        if (!await db.Claims(Sql.Of<UpdateIpBlockHandler>("UpdateIpBlock"), new { block.Id, block.Name, block.Description, block.Updated }, ct))
        {
            throw await rows.NameTaken(block, ct);
        }
    }
}
