using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations.DeleteAllocation;

/// <summary>A provider's order to take back what it gave. Source: spec/20-ip-and-allocation.md, section 6.5.</summary>
public sealed record DeleteAllocation : ICommand<Unit>
{
    /// <summary>Id of the allocation.</summary>
    [Path]
    public Guid AllocationId { get; init; }
}

internal sealed class DeleteAllocationEndpoint : DeleteEndpoint<DeleteAllocation>
{
    public override void Configure()
    {
        Delete("allocation/{allocationId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-allocation",
            "Allocation",
            "Delete an allocation",
            "Takes back what was given, unless the tenant uses it. With the tenant's last allocation at a site its use of the site ends: it can "
            + "order nothing there any more; VPCs that it has there stay until it deletes them.",
            404);
    }
}
