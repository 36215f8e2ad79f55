namespace Nico.Compute.Instances.Types;

/// <summary>An instance type that an instance is wanted of; it stays while the transaction lasts.</summary>
internal sealed record InstanceTypeOffer
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public Guid SiteId { get; init; }
}
