using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink;

/// <summary>
/// The order in which one round reads the kinds, so that references resolve (60, section 10). Machines have rounds of their own, for which
/// nothing else waits.
/// </summary>
public enum InventoryOrder
{
    /// <summary>Tenants.</summary>
    Tenants,

    /// <summary>Instance types.</summary>
    InstanceTypes,

    /// <summary>Images of operating systems.</summary>
    OsImages,

    /// <summary>VPCs.</summary>
    Vpcs,

    /// <summary>VPC prefixes and network segments.</summary>
    VpcNetworks,

    /// <summary>Instances.</summary>
    Instances,

    /// <summary>Machines, in rounds of their own.</summary>
    Machines,
}

/// <summary>One chunk of what a site reports.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Items">The objects of the chunk, as reported.</param>
/// <param name="Fence">When the round's id call started: a row that was touched at or after this must be left alone.</param>
public sealed record InventoryPage<TItem>(Guid SiteId, IReadOnlyList<TItem> Items, DateTime Fence);

/// <summary>An object that Nico has and the site does not report.</summary>
/// <param name="Id">Its id at the site.</param>
/// <param name="Deleting">True when its absence is what was wanted.</param>
public sealed record AbsentObject(string Id, bool Deleting);

/// <summary>
/// How one kind of object is read from a site and applied. A round reads the ids, then the objects in chunks; each chunk is
/// applied in a transaction of its own. What two complete rounds in a row do not report is gone.
/// Source: spec/60-site-link.md, sections 7, 8 and 11.
/// </summary>
public abstract class SiteInventory<TItem> : ISiteInventory
{
    /// <summary>Kind of the object, such as <c>vpc</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Place in the round.</summary>
    public abstract InventoryOrder Order { get; }

    /// <summary>The ids of everything of this kind at the site.</summary>
    public abstract Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct);

    /// <summary>The objects with these ids, at most as many as the controller allows in one call.</summary>
    public abstract Task<IReadOnlyList<TItem>> ByIds(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct);

    /// <summary>Applies a chunk, set-based, in the open transaction; returns the ids that Nico does not know and does not adopt (drift).</summary>
    public abstract Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<TItem> page, CancellationToken ct);

    /// <summary>
    /// What Nico has at the site, older than <paramref name="fence"/>, already sent there, not yet flagged missing, and not among
    /// <paramref name="present"/>.
    /// </summary>
    public abstract Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct);

    /// <summary>
    /// Two complete rounds agree that these are gone: deleting ones are removed with all that hangs on them, the others are
    /// flagged missing, with the status Error and one entry in their history. Rows touched since <paramref name="fence"/> stay.
    /// </summary>
    public abstract Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct);

    /// <summary>The site answered for this kind (also with nothing): a sign of life. In a transaction.</summary>
    public virtual Task Answered(Db db, Guid siteId, CancellationToken ct) => Task.CompletedTask;

    /// <summary>
    /// The id of an object, by which one that is reported unchanged is recognized and not applied again; null to apply it each
    /// time. By default the message's field <c>id</c> or <c>organization_id</c>.
    /// </summary>
    protected virtual string? IdOf(TItem item) => item is IMessage message ? MessageId.Of(message) : null;

    /// <summary>A digest of what counts in an object that has an id: as long as it stays the same, nothing is applied. By default of the whole message.</summary>
    protected virtual long HashOf(TItem item) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(((IMessage)item!).ToByteArray()));

    async Task<InventoryChunk> ISiteInventory.Fetch(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var items = await ByIds(core, ids, ct);
        return new InventoryChunk(
            [.. items.Select(item => IdOf(item) is { } id ? new ReportedObject(id, HashOf(item)) : new ReportedObject(null, 0))],
            (db, siteId, which, fence, token) =>
                Apply(db, new InventoryPage<TItem>(siteId, [.. which.Select(index => items[index])], fence), token));
    }
}

/// <summary>An object as a site reported it.</summary>
/// <param name="Id">Its id; null when it cannot be told.</param>
/// <param name="Hash">Of what counts in it.</param>
public sealed record ReportedObject(string? Id, long Hash);

/// <summary>A chunk that has been read and waits to be applied.</summary>
/// <param name="Objects">What is in it.</param>
/// <param name="Apply">Applies some of it: database, site, which of <paramref name="Objects"/>, fence; returns the ids of the unknown ones.</param>
public sealed record InventoryChunk(
    IReadOnlyList<ReportedObject> Objects,
    Func<Db, Guid, IReadOnlyList<int>, DateTime, CancellationToken, Task<IReadOnlyList<string>>> Apply);

/// <summary>A kind of object, whatever the type of its messages: what the inventory loop works with.</summary>
public interface ISiteInventory
{
    /// <inheritdoc cref="SiteInventory{TItem}.Kind"/>
    string Kind { get; }

    /// <inheritdoc cref="SiteInventory{TItem}.Order"/>
    InventoryOrder Order { get; }

    /// <inheritdoc cref="SiteInventory{TItem}.Ids"/>
    Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct);

    /// <summary>Reads one chunk.</summary>
    Task<InventoryChunk> Fetch(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Absent"/>
    Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Gone"/>
    Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Answered"/>
    Task Answered(Db db, Guid siteId, CancellationToken ct);
}
