using MediatR;
using Nico.Compute.Contracts;
using Nico.Compute.InstanceTypes.Quotas;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.DeleteAllocation;

internal sealed class DeleteAllocationHandler(
    ActingAs acting, Db db, AllocationRows rows, IIpBlockGrants blocks, TenantQuotas quotas, IMediator mediator)
    : IRequestHandler<DeleteAllocation, Unit>
{
    public async Task<Unit> Handle(DeleteAllocation request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var allocation = await rows.Lock(request.AllocationId, providerId, cancellationToken);
        if (allocation.DerivedResourceId is { } derived)
        {
            await blocks.Release([derived], cancellationToken);
        }

        if (allocation.ResourceType == AllocationResourceType.InstanceType)
        {
            var quota = await quotas.Hold(allocation.TenantId, allocation.ResourceTypeId, cancellationToken);
            if (quota.Used > quota.Total - allocation.ConstraintValue)
            {
                throw Problem.Invalid(
                    $"The tenant has {quota.Used} instances of instance type {allocation.ResourceTypeId}, for which it needs allocation {allocation.Id}");
            }
        }

        await db.Execute(Sql.Of<DeleteAllocationHandler>("RemoveAllocation"), new { allocation.Id }, cancellationToken);
        await ComputeModule.AllocationHistory.Forget(db, [allocation.Id], cancellationToken);
        await mediator.Publish(new AllocationDeleted(allocation.Id, allocation.TenantId, allocation.SiteId), cancellationToken);
        return Unit.Value;
    }
}
