namespace Nico.Networking.Contracts;

/// <summary>How many addresses and networks there are, by status; each answer takes one statement. A status that nothing has is left out.</summary>
public interface INetworkCounts
{
    /// <summary>The provider's IP blocks, with those that were carved out for tenants.</summary>
    Task<IReadOnlyDictionary<string, int>> IpBlocks(Guid providerId, CancellationToken ct);

    /// <summary>The tenant's VPCs.</summary>
    Task<IReadOnlyDictionary<string, int>> Vpcs(Guid tenantId, CancellationToken ct);

    /// <summary>The tenant's subnets.</summary>
    Task<IReadOnlyDictionary<string, int>> Subnets(Guid tenantId, CancellationToken ct);
}
