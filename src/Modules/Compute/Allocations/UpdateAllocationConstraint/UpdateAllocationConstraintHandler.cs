using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.UpdateAllocationConstraint;

internal sealed class UpdateAllocationConstraintHandler(Caller caller, Db db, IOrganizations organizations, IIpBlockGrants blocks, TimeProvider clock)
    : IRequestHandler<UpdateAllocationConstraint, AllocationConstraint>
{
    public async Task<AllocationConstraint> Handle(UpdateAllocationConstraint request, CancellationToken cancellationToken)
    {
        var provider = await organizations.RequireProvider(caller, 404, cancellationToken);
        var args = new { request.AllocationConstraintId, providerId = provider.Id };
        var allocation = await db.OneOrNone<Allocation>(Sql.Of<UpdateAllocationConstraintHandler>("LockByConstraint"), args, cancellationToken)
            ?? throw Problem.NotFound("Allocation constraint", request.AllocationConstraintId);
        if (allocation.Id != request.AllocationId)
        {
            throw Problem.Invalid("allocationConstraintId", $"allocation constraint {allocation.ConstraintId} is not of allocation {request.AllocationId}");
        }

        if (request.ConstraintValue!.Value is var value && value != allocation.ConstraintValue)
        {
            await blocks.Resize(allocation.DerivedResourceId!.Value, value, cancellationToken);
            allocation = allocation with { ConstraintValue = value, ConstraintUpdated = clock.Now() };
            await db.Execute(
                Sql.Of<UpdateAllocationConstraintHandler>("SetConstraintValue"),
                new { allocation.ConstraintId, value, now = allocation.ConstraintUpdated },
                cancellationToken);
        }

        return allocation.Constraint(await blocks.Summaries([allocation.ResourceTypeId], cancellationToken));
    }
}
