using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.IpBlocks.UpdateIpBlock;

internal sealed class UpdateIpBlockHandler(ActingAs acting, Db db, IMediator mediator, TimeProvider clock)
    : IRequestHandler<UpdateIpBlock, Guid>
{
    public async Task<Guid> Handle(UpdateIpBlock request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var args = new { request.IpBlockId, providerId };
        var block = await db.OneOrNone<IpBlock>(Sql.Of<UpdateIpBlockHandler>("LockIpBlock"), args, cancellationToken)
            ?? throw Problem.NotFound("IP block", request.IpBlockId);
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
            var other = await db.OneOrNone<Guid?>(
                Sql.Of<CreateIpBlock.CreateIpBlockHandler>("IdOfName"),
                new { providerId = block.InfrastructureProviderId, block.SiteId, block.Name },
                ct);
            throw Problem.Conflict($"The site has an IP block named '{block.Name}' already", other ?? block.Id);
        }
    }
}
