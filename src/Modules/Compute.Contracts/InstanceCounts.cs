namespace Nico.Compute.Contracts;

/// <summary>How many instances there are.</summary>
public interface IInstanceCounts
{
    /// <summary>The tenant's instances by the status that they show, in one statement. A status that none has is left out.</summary>
    Task<IReadOnlyDictionary<string, int>> ByStatus(Guid tenantId, CancellationToken ct);
}
