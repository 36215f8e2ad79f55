namespace Nico.Hardware.Contracts;

/// <summary>How many machines there are.</summary>
public interface IMachineCounts
{
    /// <summary>The provider's machines at all its sites, by status, in one statement.</summary>
    Task<IReadOnlyDictionary<MachineStatus, int>> ByStatus(Guid providerId, CancellationToken ct);
}
