namespace Nico.Compute.Contracts;

/// <summary>How an instance shows that its machine is repaired while it keeps it.</summary>
/// <param name="IsRepairing">True when its status says so.</param>
/// <param name="Label">Value of the label that says whether it may be deleted should the repair fail; null without the label.</param>
public sealed record InstanceRepair(bool IsRepairing, string? Label);

/// <summary>What the beginning or the end of a repair changed, for being undone.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Before">What it showed before.</param>
/// <param name="Entry">Its entry in the status history.</param>
public sealed record InstanceRepairChange(Guid InstanceId, InstanceRepair Before, Guid Entry);

/// <summary>Repairs of machines, as the instances show them that keep their machines meanwhile.</summary>
public interface IInstanceRepairs
{
    /// <summary>The instance, which must be Ready, is Repairing; 400 otherwise.</summary>
    Task<InstanceRepairChange> Begin(Guid instanceId, bool allowsDeletion, CancellationToken ct);

    /// <summary>The instance is Ready again. 400 when nothing says that it is repaired: neither it nor, <paramref name="hasAlert"/>, its machine.</summary>
    Task<InstanceRepairChange> End(Guid instanceId, bool hasAlert, CancellationToken ct);

    /// <summary>Puts back what the change replaced: without trace, or with <paramref name="reason"/> in the history.</summary>
    Task Undo(InstanceRepairChange change, string? reason, CancellationToken ct);
}
