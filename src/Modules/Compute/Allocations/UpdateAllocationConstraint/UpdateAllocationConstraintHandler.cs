using MediatR;
using Nico.Compute.InstanceTypes;
using Nico.Compute.InstanceTypes.Quotas;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.UpdateAllocationConstraint;

internal sealed class UpdateAllocationConstraintHandler(
    ActingAs acting,
    Db db,
    IIpBlockGrants blocks,
    InstanceTypeRows types,
    Capacities capacities,
    TenantQuotas quotas,
    TimeProvider clock)
    : IRequestHandler<UpdateAllocationConstraint, Guid>
{
    public async Task<Guid> Handle(UpdateAllocationConstraint request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var args = new { request.AllocationConstraintId, providerId };
        var allocation = await db.OneOrNone<Allocation>(Sql.Of<UpdateAllocationConstraintHandler>("LockByConstraint"), args, cancellationToken)
            ?? throw Problem.NotFound("Allocation constraint", request.AllocationConstraintId);
        if (allocation.Id != request.AllocationId)
        {
            throw Problem.Invalid("allocationConstraintId", $"allocation constraint {allocation.ConstraintId} is not of allocation {request.AllocationId}");
        }

        if (request.ConstraintValue!.Value is var value && value != allocation.ConstraintValue)
        {
            await (allocation.DerivedResourceId is { } derived
                ? blocks.Resize(derived, value, cancellationToken)
                : Promise(allocation, value, cancellationToken));
            await db.Execute(
                Sql.Of<UpdateAllocationConstraintHandler>("SetConstraintValue"),
                new { allocation.ConstraintId, value, now = clock.Now() },
                cancellationToken);
        }

        return allocation.Id;
    }

    /// <summary>More machines than before, as far as there are some that are promised to nobody; fewer, but not fewer than the tenant uses.</summary>
    private async Task Promise(Allocation allocation, int value, CancellationToken ct)
    {
        if (value > allocation.ConstraintValue)
        {
            var type = await types.Lock(allocation.ResourceTypeId, ct) ?? throw Problem.NotFound("Instance type", allocation.ResourceTypeId);
            var left = await capacities.Left(type.Id, ct);
            if (value - allocation.ConstraintValue > left)
            {
                throw Problem.Invalid("constraintValue", $"instance type {type.Id} has {left} machines that are not allocated");
            }
        }
        else
        {
            var quota = await quotas.Hold(allocation.TenantId, allocation.ResourceTypeId, ct);
            if (quota.Used > quota.Total - allocation.ConstraintValue + value)
            {
                throw Problem.Invalid("constraintValue", $"the tenant has {quota.Used} instances of instance type {allocation.ResourceTypeId}");
            }
        }
    }
}

/// <summary>The constraint of an allocation that the caller sees.</summary>
internal sealed record ConstraintOfAllocation(Guid AllocationId) : IQuery<AllocationConstraint>;

internal sealed class ConstraintOfAllocationHandler(IMediator mediator) : IRequestHandler<ConstraintOfAllocation, AllocationConstraint>
{
    public async Task<AllocationConstraint> Handle(ConstraintOfAllocation request, CancellationToken cancellationToken) =>
        (await mediator.Send(new GetAllocation.GetAllocation { AllocationId = request.AllocationId }, cancellationToken)).AllocationConstraints[0];
}
