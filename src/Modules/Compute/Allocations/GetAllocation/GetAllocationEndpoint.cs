using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations.GetAllocation;

/// <summary>One allocation. Source: spec/20-ip-and-allocation.md, section 6.3.</summary>
public sealed record GetAllocation : IQuery<AllocationResponse>
{
    /// <summary>Id of the allocation.</summary>
    [Path]
    public Guid AllocationId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Has no effect: what a caller sees follows from its org and roles.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<AllocationRelation> IncludeRelation { get; init; } = [];

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetAllocationEndpoint : QueryEndpoint<GetAllocation, AllocationResponse>
{
    public override void Configure()
    {
        Get("allocation/{allocationId}");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe("get-allocation", "Allocation", "Retrieve an allocation", "An allocation that the caller's provider gave or its tenant has.", 404);
    }
}
