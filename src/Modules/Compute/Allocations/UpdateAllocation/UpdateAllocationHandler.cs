using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.UpdateAllocation;

internal sealed class UpdateAllocationHandler(
    ActingAs acting, Db db, IIpBlockGrants blocks, TimeProvider clock)
    : IRequestHandler<UpdateAllocation, Guid>
{
    public async Task<Guid> Handle(UpdateAllocation request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var args = new { request.AllocationId, providerId };
        var allocation = await db.OneOrNone<Allocation>(Sql.Of<DeleteAllocation.DeleteAllocationHandler>("LockAllocation"), args, cancellationToken)
            ?? throw Problem.NotFound("Allocation", request.AllocationId);
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
            var other = await db.OneOrNone<Guid?>(Sql.Of<CreateAllocation.CreateAllocationHandler>("IdOfName"), args, ct);
            throw Problem.Conflict($"The tenant has an allocation named '{allocation.Name}' at this site already", other ?? allocation.Id);
        }
    }
}
