using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.OperatingSystems;

/// <summary>What the status of an operating system follows from: whether it is active, and where its sites stand.</summary>
internal static class OperatingSystemStatuses
{
    /// <summary>What the history says of a status that needs no other reason.</summary>
    public static string Message(OperatingSystemStatus status) => status switch
    {
        OperatingSystemStatus.Ready => "Operating system is ready for use",
        OperatingSystemStatus.Syncing => "The image is on its way to its site",
        OperatingSystemStatus.Deactivated => "Operating system is deactivated",
        OperatingSystemStatus.Deleting => "Operating system is being deleted",
        _ => "The image failed at its site",
    };

    /// <summary>
    /// Brings the status of operating systems in line with their sites'. An entry in the history of each that changes by it: with
    /// <paramref name="reason"/>, where there is one; none at all with <paramref name="isSilent"/>.
    /// </summary>
    public static async Task Settle(
        Db db, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct, Func<Guid, string?>? reason = null, bool isSilent = false)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var changed = await db.Many<Settled>(Sql.Of<OperatingSystemRows>("SettleStatuses"), new { ids, now }, ct);
        if (!isSilent)
        {
            await ComputeModule.OperatingSystemHistory.AppendAll(
                db,
                [.. changed.Select(row => new StatusChange(row.Id.ToString(), row.Status.ToString(), reason?.Invoke(row.Id) ?? Message(row.Status)))],
                now,
                ct);
        }
    }

    private sealed record Settled
    {
        public Guid Id { get; init; }

        public OperatingSystemStatus Status { get; init; }
    }
}
