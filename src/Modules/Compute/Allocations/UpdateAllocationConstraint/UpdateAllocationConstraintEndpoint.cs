using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations.UpdateAllocationConstraint;

/// <summary>A provider's order to give more or less. Source: spec/20-ip-and-allocation.md, section 7.</summary>
[Schema("AllocationConstraintUpdateRequest")]
public sealed record UpdateAllocationConstraint : ICommand<Guid>
{
    /// <summary>Id of the allocation.</summary>
    [Path]
    public Guid AllocationId { get; init; }

    /// <summary>Id of its constraint.</summary>
    [Path]
    public Guid AllocationConstraintId { get; init; }

    /// <summary>The new number of machines, or length of the prefix; the source block's own length gives all of it.</summary>
    public int? ConstraintValue { get; init; }
}

internal sealed class UpdateAllocationConstraintEndpoint : CommandEndpoint<UpdateAllocationConstraint, Guid, AllocationConstraint>
{
    public override void Configure()
    {
        Patch("allocation/{allocationId}/constraint/{allocationConstraintId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "update-allocation-constraint",
            "Allocation",
            "Update an allocation's constraint",
            "Gives more machines while there are some that are allocated to nobody, or fewer, though not fewer than the tenant has instances; or gives the "
            + "tenant's IP block another length, while no subnet and no VPC prefix uses it. The block keeps its id; its addresses are "
            + "carved anew, where they fit best.",
            404);
    }

    protected override IQuery<AllocationConstraint> Answer(UpdateAllocationConstraint request, Guid id) => new ConstraintOfAllocation(id);

    internal sealed class Rules : FastEndpoints.Validator<UpdateAllocationConstraint>
    {
        public Rules() => RuleFor(order => order.ConstraintValue).Cascade(CascadeMode.Stop).Required().GreaterThan(0).WithMessage("must be 1 or more");
    }
}
