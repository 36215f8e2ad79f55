using Nico.Compute.Contracts;

namespace Nico.Compute.Instances.Types;

/// <summary>An instance type that an instance is wanted of.</summary>
internal sealed record InstanceTypeOffer
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public Guid SiteId { get; init; }

    public InstanceTypeStatus Status { get; init; }
}
