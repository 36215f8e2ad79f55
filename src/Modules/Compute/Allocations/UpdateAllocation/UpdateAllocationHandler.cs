using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.UpdateAllocation;

internal sealed class UpdateAllocationHandler(
    ActingAs acting, Db db, AllocationRows rows, IIpBlockGrants blocks, TimeProvider clock)
    : IRequestHandler<UpdateAllocation, Guid>
{
    public async Task<Guid> Handle(UpdateAllocation request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var allocation = await rows.Lock(request.AllocationId, providerId, cancellationToken);
        var changed = allocation with
        {
            Name = request.Name ?? allocation.Name,
            Description = request.Description ?? allocation.Description,
            Updated = clock.Now(),
        };
        await Write(changed, cancellationToken);
        if (request.Name is not null && allocation.DerivedResourceId is { } derived)
        {
            await blocks.Rename(derived, request.Name, cancellationToken);
        }

        return allocation.Id;
    }

    private async Task Write(Allocation allocation, CancellationToken ct)
    {
        var args = new { allocation.Id, allocation.Name, allocation.Description, allocation.TenantId, allocation.SiteId, allocation.Updated };
        if (!await db.Claims(Sql.Of<UpdateAllocationHandler>("UpdateAllocation"), args, ct))
        {
            throw await rows.NameTaken(allocation, ct);
        }
    }
}
