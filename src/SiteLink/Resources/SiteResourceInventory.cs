using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.SiteLink.Resources;

/// <summary>What sites report of a kind that Nico orders of them: what is absent goes or is missing, as for all such kinds.</summary>
public abstract class SiteResourceInventory<TReported>(SiteKind kind, TimeProvider clock) : SiteInventory<TReported>
    where TReported : class, IMessage<TReported>, new()
{
    /// <inheritdoc/>
    public sealed override string Kind => kind.Kind;

    /// <summary>The time.</summary>
    protected DateTime Now => clock.Now();

    /// <inheritdoc/>
    public sealed override Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        kind.Absent(db, siteId, present, fence, ct);

    /// <inheritdoc/>
    public sealed override Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct) =>
        kind.Gone(db, siteId, ids, fence, Now, ct);
}
