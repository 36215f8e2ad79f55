using Google.Protobuf;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteLink;

/// <summary>What of a site's inventory is read in rounds of its own: no kind waits for another.</summary>
public enum InventoryPart
{
    /// <summary>Tenants.</summary>
    Tenants,

    /// <summary>Instance types.</summary>
    InstanceTypes,

    /// <summary>Images of operating systems.</summary>
    OsImages,

    /// <summary>VPCs.</summary>
    Vpcs,

    /// <summary>VPC prefixes.</summary>
    VpcPrefixes,

    /// <summary>Network segments.</summary>
    Subnets,

    /// <summary>Instances.</summary>
    Instances,

    /// <summary>Machines.</summary>
    Machines,
}

/// <summary>A call that asks a controller for a list.</summary>
/// <param name="Rpc">Name of the RPC; its answer has one list and nothing else.</param>
/// <param name="Request">What it is asked.</param>
public sealed record SiteQuery(string Rpc, IMessage Request);

/// <summary>One chunk of what a site reports.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Items">The objects of the chunk, as reported; no two with the same id.</param>
/// <param name="Fence">When the round's id call started: a row that was touched at or after this must be left alone.</param>
/// <param name="Most">How many objects of this kind the site may have.</param>
public sealed record InventoryPage<TItem>(Guid SiteId, IReadOnlyList<Report<TItem>> Items, DateTime Fence, int Most = int.MaxValue)
    where TItem : class, IMessage<TItem>, new();

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
    where TItem : class, IMessage<TItem>, new()
{
    private const int LongestId = 256;
    private const int MostWithoutId = 100;

    /// <summary>Kind of the object, such as <c>vpc</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>In which rounds it is read.</summary>
    public abstract InventoryPart Part { get; }

    /// <summary>True for a kind that controllers only list as a whole: there is nothing to read in chunks.</summary>
    public virtual bool IsListedWhole => false;

    /// <summary>True for a kind of which nothing is believed gone that is missing together with many others, before an operator says so.</summary>
    public virtual bool WaitsForOperator => false;

    /// <summary>Lists the ids, or the objects, of everything of this kind at the site.</summary>
    protected abstract SiteQuery Everything { get; }

    /// <summary>False for a kind whose ids are the controller's own texts.</summary>
    protected virtual bool HasUuids => true;

    /// <summary>What of an object's bytes is its id, and what is no news.</summary>
    protected virtual FrameShape Shape => FrameShape.Of(new TItem().Descriptor);

    /// <summary>Reads the objects with these ids, at most as many as the controller allows in one call.</summary>
    protected abstract SiteQuery ByIds(IReadOnlyList<string> ids);

    /// <summary>Applies a chunk, set-based, in the open transaction; returns what does not agree with what Nico has.</summary>
    public abstract Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<TItem> page, CancellationToken ct);

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

    /// <summary>Removes what Nico knows from the site's reports alone, has nothing to do with, and has missed since before <paramref name="before"/>.</summary>
    public virtual Task Forget(Db db, Guid siteId, DateTime before, CancellationToken ct) => Task.CompletedTask;

    /// <summary>What is kept of objects that Nico does not have goes with those that the site reports no more. In a transaction.</summary>
    public virtual Task Vanished(Db db, Guid siteId, string[] present, CancellationToken ct) => Task.CompletedTask;

    /// <summary>The site answered for this kind (also with nothing): a sign of life. In a transaction.</summary>
    public virtual Task Answered(Db db, Guid siteId, CancellationToken ct) => Task.CompletedTask;

    async Task<IdList> ISiteInventory.Ids(Forge.ForgeClient core, CancellationToken ct)
    {
        var shape = FrameShape.OfAnswer(Forge.Descriptor.FindMethodByName(Everything.Rpc));
        Dictionary<string, string> ids = new(StringComparer.Ordinal);
        List<Drift> odd = [];
        foreach (var bytes in (await core.FramesAsync(Everything.Rpc, Everything.Request, ct)).Objects)
        {
            var spelling = new ObjectFrame(bytes, shape).Id;
            if (spelling is not null && Canonical(spelling) is { } id)
            {
                ids.TryAdd(id, spelling);
            }
            else if (odd.Count < MostWithoutId)
            {
                var text = SiteText.Of(spelling ?? Convert.ToHexStringLower(bytes.Span[..Math.Min(bytes.Length, 32)]), LongestId);
                odd.Add(new Drift(text.Length == 0 ? "(empty)" : text, DriftReason.NoId, HasUuids ? "It is no UUID" : "It is no id that can be kept"));
            }
        }

        return new IdList(ids, [.. odd.DistinctBy(drift => drift.Id)]);
    }

    /// <summary>Reads one object; null when the site does not have it.</summary>
    internal async Task<Report<TItem>?> Find(Forge.ForgeClient core, string id, CancellationToken ct) =>
        (await Read(core, [new ListedId(id, id)], ct)).FirstOrDefault();

    async Task<InventoryChunk> ISiteInventory.Fetch(Forge.ForgeClient core, IReadOnlyList<ListedId> ids, CancellationToken ct)
    {
        var items = await Read(core, ids, ct);
        return new InventoryChunk(
            [.. items.Select(item => new ReportedObject(item.Id, item.Hash))],
            [.. ids.Select(id => id.Id).Except(items.Select(item => item.Id), StringComparer.Ordinal)],
            async (db, siteId, which, fence, most, token) =>
            {
                var page = new InventoryPage<TItem>(siteId, [.. which.Select(index => items[index])], fence, most);
                var drift = (await Apply(db, page, token)).DistinctBy(entry => entry.Id).ToDictionary(entry => entry.Id, StringComparer.Ordinal);
                foreach (var item in page.Items)
                {
                    if (item.LeftOut is { } leftOut)
                    {
                        drift.TryAdd(item.Id, new Drift(item.Id, DriftReason.LeftOut, SiteText.Of(leftOut)));
                    }
                }

                return [.. drift.Values];
            });
    }

    /// <summary>Of these objects those that the site tells of, each once.</summary>
    private async Task<List<Report<TItem>>> Read(Forge.ForgeClient core, IReadOnlyList<ListedId> ids, CancellationToken ct)
    {
        var query = ByIds([.. ids.Select(id => id.Spelling)]);
        var shape = Shape;
        var wanted = ids.Select(id => id.Id).ToHashSet(StringComparer.Ordinal);
        List<Report<TItem>> items = [];
        foreach (var frame in (await core.FramesAsync(query.Rpc, query.Request, ct)).Objects.Select(bytes => new ObjectFrame(bytes, shape)))
        {
            if (frame.Id is { } spelling && Canonical(spelling) is { } id && wanted.Remove(id))
            {
                items.Add(new Report<TItem>(id, frame));
            }
        }

        return items;
    }

    /// <summary>An id as Nico spells it, by which it is compared; null for what is none.</summary>
    private string? Canonical(string spelling) => HasUuids
        ? Guid.TryParse(spelling, out var id) ? id.ToString() : null
        : spelling.Length is > 0 and <= LongestId && !spelling.Any(char.IsControl) ? spelling : null;
}

/// <summary>The ids that a site lists of one kind.</summary>
/// <param name="Spelt">Each id, and how the site spells it.</param>
/// <param name="Odd">What is no id.</param>
public sealed record IdList(IReadOnlyDictionary<string, string> Spelt, IReadOnlyList<Drift> Odd);

/// <summary>An id, and how the site spells it.</summary>
public readonly record struct ListedId(string Id, string Spelling);

/// <summary>An object as a site reported it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Hash">Of what counts in it.</param>
public sealed record ReportedObject(string Id, long Hash);

/// <summary>Applies some of a chunk: database, site, which of its objects, fence, how many the site may have; returns what does not agree.</summary>
public delegate Task<IReadOnlyList<Drift>> ApplyObjects(
    Db db, Guid siteId, IReadOnlyList<int> which, DateTime fence, int most, CancellationToken ct);

/// <summary>A chunk that has been read and waits to be applied.</summary>
/// <param name="Objects">What is in it.</param>
/// <param name="NotDelivered">What was asked for and is not in it.</param>
/// <param name="Apply">Applies some of <paramref name="Objects"/>.</param>
public sealed record InventoryChunk(IReadOnlyList<ReportedObject> Objects, IReadOnlyList<string> NotDelivered, ApplyObjects Apply);

/// <summary>A kind of object, whatever the type of its messages: what the inventory loop works with.</summary>
public interface ISiteInventory
{
    /// <inheritdoc cref="SiteInventory{TItem}.Kind"/>
    string Kind { get; }

    /// <inheritdoc cref="SiteInventory{TItem}.Part"/>
    InventoryPart Part { get; }

    /// <inheritdoc cref="SiteInventory{TItem}.IsListedWhole"/>
    bool IsListedWhole { get; }

    /// <inheritdoc cref="SiteInventory{TItem}.WaitsForOperator"/>
    bool WaitsForOperator { get; }

    /// <summary>The ids of everything of this kind at the site.</summary>
    Task<IdList> Ids(Forge.ForgeClient core, CancellationToken ct);

    /// <summary>Reads one chunk.</summary>
    Task<InventoryChunk> Fetch(Forge.ForgeClient core, IReadOnlyList<ListedId> ids, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Absent"/>
    Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Gone"/>
    Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Forget"/>
    Task Forget(Db db, Guid siteId, DateTime before, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Vanished"/>
    Task Vanished(Db db, Guid siteId, string[] present, CancellationToken ct);

    /// <inheritdoc cref="SiteInventory{TItem}.Answered"/>
    Task Answered(Db db, Guid siteId, CancellationToken ct);
}
