using Nico.SharedKernel.Data;
using Nico.SharedKernel.Retention;

namespace Nico.Audit.Retention;

/// <summary>The entries of the audit trail, which go at a certain age, all of them.</summary>
internal sealed class RetainedEntries : IRetained
{
    public string Name => "audit.entry";

    public TimeSpan Limit(RetentionOptions options) => options.Audit;

    public Task<RetainedBatch> Remove(Db db, DateTime before, RetainedPlace after, int most, CancellationToken ct) =>
        db.One<RetainedBatch>(Sql.Of<RetainedEntries>("RemoveEntries"), new { before, time = after.Time, id = after.Id, most }, ct);
}
