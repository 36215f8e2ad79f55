using Nico.Compute.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>Statuses that the site's answers give an instance type, each with its entry in the history.</summary>
internal static class InstanceTypeStatuses
{
    public static async Task Set(Db db, Guid id, InstanceTypeStatus status, string message, DateTime now, CancellationToken ct)
    {
        const string Write = "update compute.instance_type set status = @status, touched = clock_timestamp(), updated = @now where id = @id and status <> 'Deleting'";
        if (await db.Execute(Write, new { id, status = status.ToString(), now }, ct) > 0)
        {
            await ComputeModule.InstanceTypeHistory.Append(db, id, status.ToString(), message, now, ct);
        }
    }

    /// <summary>Takes a deletion back.</summary>
    public static async Task Restore(Db db, Guid id, string message, DateTime now, CancellationToken ct)
    {
        if (await db.OneOrNone<string>(Sql.Of<CreateInstanceTypeAtSite>("RestoreStatus"), new { id, now }, ct) is { } status)
        {
            await ComputeModule.InstanceTypeHistory.Append(db, id, status, message, now, ct);
        }
    }
}
