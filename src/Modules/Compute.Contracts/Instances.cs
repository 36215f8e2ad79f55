namespace Nico.Compute.Contracts;

/// <summary>An instance in short, as a machine shows it.</summary>
public sealed record InstanceSummary
{
    /// <summary>Id of the instance.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the instance.</summary>
    public required string Name { get; init; }

    /// <summary>Its id at the site.</summary>
    public Guid? ControllerInstanceId { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required string Status { get; init; }
}

/// <summary>What instances use.</summary>
public interface IInstances
{
    /// <summary>Instances by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, InstanceSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>The addresses of live interfaces on each of these subnets, in one statement.</summary>
    Task<ILookup<Guid, InterfaceAddresses>> OnSubnets(IReadOnlyCollection<Guid> subnetIds, CancellationToken ct);

    /// <summary>The addresses of live interfaces on each of these VPC prefixes, in one statement.</summary>
    Task<ILookup<Guid, InterfaceAddresses>> OnVpcPrefixes(IReadOnlyCollection<Guid> vpcPrefixIds, CancellationToken ct);
}

/// <summary>The addresses that one interface has.</summary>
public sealed record InterfaceAddresses(Guid InterfaceId, IReadOnlyList<string> IpAddresses);
