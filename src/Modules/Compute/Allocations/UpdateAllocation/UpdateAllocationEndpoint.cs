using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations.UpdateAllocation;

/// <summary>A provider's order to rename or describe an allocation: what is absent stays. Source: spec/20-ip-and-allocation.md, section 6.4.</summary>
[Schema("AllocationUpdateRequest")]
public sealed record UpdateAllocation : ICommand<Guid>
{
    /// <summary>Id of the allocation.</summary>
    [Path]
    public Guid AllocationId { get; init; }

    /// <summary>New name, 2 to 256 bytes; unique for the tenant at the site. The tenant's IP block is renamed with it.</summary>
    public string? Name { get; init; }

    /// <summary>New free text; the tenant's IP block keeps its own.</summary>
    public string? Description { get; init; }
}

internal sealed class UpdateAllocationEndpoint : CommandEndpoint<UpdateAllocation, Guid, AllocationResponse>
{
    public override void Configure()
    {
        Patch("allocation/{allocationId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "update-allocation",
            "Allocation",
            "Update an allocation",
            "Changes name and description. An IP block that the tenant got by the allocation has its name, and follows it.",
            404,
            409);
    }

    protected override IQuery<AllocationResponse> Answer(UpdateAllocation request, Guid id) =>
        new GetAllocation.GetAllocation { AllocationId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateAllocation>
    {
        public Rules() => RuleFor(order => order.Name).OptionalName();
    }
}
