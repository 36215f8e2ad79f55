using Google.Protobuf;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink.Resources;

/// <summary>
/// A kind of resource at sites, with its calls: how one is made, changed, removed and found there, and when what is found is what is wanted. One class a
/// kind; <see cref="SiteResourceServices.AddSiteResource{TResource, TRow, TReported}"/> makes its three command handlers.
/// </summary>
/// <typeparam name="TRow">A row of its table.</typeparam>
/// <typeparam name="TReported">What sites say of one.</typeparam>
public abstract class SiteResource<TRow, TReported> : SiteKind
    where TRow : class
    where TReported : class, IMessage<TReported>, new()
{
    /// <summary>The status of one that was refused and is sent to its site once more.</summary>
    public abstract string OnItsWay { get; }

    /// <summary>True when sites remove one at once: else it goes when its site reports it no more.</summary>
    public virtual bool IsRemovedAtOnce => false;

    /// <summary>The row as it is now.</summary>
    public abstract Task<TRow?> Row(Db db, Guid id, CancellationToken ct);

    /// <summary>What the site has of it.</summary>
    public abstract Task<TReported?> Find(Forge.ForgeClient core, string id, CancellationToken ct);

    /// <summary>Has it made. Null where the site keeps no such thing: then Nico alone knows it.</summary>
    public abstract Task<IMessage?> Create(Forge.ForgeClient core, TRow row, CancellationToken ct);

    /// <summary>Sends what the row says. Null where the site keeps no such thing.</summary>
    public virtual Task<IMessage?> Update(Forge.ForgeClient core, TRow row, CancellationToken ct) =>
        throw new NotSupportedException($"A {Noun} is never changed at its site");

    /// <summary>Has it removed. Null when there is nothing of ours to remove.</summary>
    public abstract Task<IMessage?> Delete(Forge.ForgeClient core, string id, TRow? row, CancellationToken ct);

    /// <summary>True when what the site has under the row's id is the row's.</summary>
    public virtual bool IsOurs(TRow row, TReported found) => true;

    /// <summary>True when the site has something else than the row says.</summary>
    public virtual bool Differs(TRow row, TReported found) => false;

    /// <summary>True for one that is on its way out.</summary>
    public virtual bool IsLeaving(TReported found) => false;

    /// <summary>The status of one that the site has made, and in words.</summary>
    public abstract (string Status, string Message) Made(TReported made);

    /// <summary>Keeps what else the site answered, in the transaction of the outcome.</summary>
    public virtual Task Keep(Db db, Guid id, TReported answer, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Takes again what a refusal had freed; throws a <see cref="SharedKernel.Problem"/> when it is no longer to be had.</summary>
    public virtual Task TakeAgain(Db db, TRow row, CancellationToken ct) => Task.CompletedTask;
}
