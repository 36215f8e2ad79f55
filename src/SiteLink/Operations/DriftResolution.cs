using Grpc.Core;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Operations;

/// <summary>
/// Lists drift, and has an operator settle it: what only a site has becomes Nico's own, or goes. Of an adoption and a removal of one object
/// the first that takes the object's lane wins; the other finds it settled.
/// </summary>
internal sealed class DriftResolution(
    Db db, Sites sites, IEnumerable<ISiteInventory> inventories, IEnumerable<IDriftAdoption> adoptions, ISiteCommands commands)
{
    /// <summary>Removals that one more waits for.</summary>
    private const int MostBefore = 100;

    /// <summary>Drift in the order in which it can be adopted.</summary>
    public async Task<IReadOnlyList<DriftItem>> List(DriftQuery query, CancellationToken ct)
    {
        if (query.PageSize is < 1 or > 200)
        {
            throw Problem.Invalid("pageSize", "must be from 1 to 200");
        }

        var after = query.After?.Split('/', 3);
        Guid? afterSite = after is null ? null
            : after is [var site, _, _] && Guid.TryParse(site, out var known) ? known
            : throw Problem.Invalid("after", "must be siteId/kind/id");
        var found = await Items(query.SiteId, query.Kind, null, query.PageSize, ct, afterSite, after?[1], after?[2]);
        return [.. found.Select(item => item.Weighed(adoptions.Any(adoption => adoption.Kind == item.Kind)))];
    }

    /// <summary>
    /// Makes the object Nico's own, as the site has it. Throws 404 when there is no such drift, 409 when the object cannot be adopted, 503
    /// when the site does not answer.
    /// </summary>
    public async Task<DriftAnswer> Adopt(Guid siteId, string kind, string id, CancellationToken ct)
    {
        var adoption = Of(kind);
        if (await IsKnown(adoption, siteId, id, ct))
        {
            return new DriftAnswer(siteId, kind, id, DriftOutcome.AlreadyKnown);
        }

        RequireAdoptable(await Item(siteId, kind, id, ct));
        var adopt = await Read(adoption, siteId, id, ct) ?? throw Problem.NotFound($"At site {siteId} {kind}", id);
        var outcome = await InLane(siteId, kind, id, async () =>
        {
            if (await IsKnown(adoption, siteId, id, ct))
            {
                return DriftOutcome.AlreadyKnown;
            }

            RequireAdoptable(await Item(siteId, kind, id, ct));
            await adopt(db, siteId, ct);
            await db.Execute(Sql.Of<DriftResolution>("SettleDrift"), new { siteId, kind, id }, ct);
            return DriftOutcome.Adopted;
        }, ct);
        return new DriftAnswer(siteId, kind, id, outcome);
    }

    /// <summary>
    /// Has the site remove the object; the drift goes with it. Throws 404 when there is no such drift, 409 when it is Nico's own or cannot
    /// be removed, and what the site says when it refuses at once.
    /// </summary>
    public async Task<DriftAnswer> Remove(Guid siteId, string kind, string id, CancellationToken ct)
    {
        var adoption = Of(kind);
        await InLane(siteId, kind, id, async () =>
        {
            if (await IsKnown(adoption, siteId, id, ct))
            {
                throw Problem.Conflict($"{kind} {id} is Nico's own: delete it by the API");
            }

            var item = await Item(siteId, kind, id, ct);
            if (!item.CanRemove)
            {
                throw Problem.Conflict($"{kind} {id} cannot be removed: {item.Why}");
            }

            if (!item.IsBeingRemoved)
            {
                await commands.Enqueue(
                    new SiteCommand
                    {
                        SiteId = siteId,
                        Kind = kind,
                        ResourceId = id,
                        Operation = SiteOperation.Delete,
                        After = await Before(siteId, kind, ct),
                    },
                    ct);
            }

            return DriftOutcome.BeingRemoved;
        }, ct);
        return new DriftAnswer(siteId, kind, id, DriftOutcome.BeingRemoved);
    }

    private static void RequireAdoptable(DriftItem item)
    {
        if (!item.CanAdopt)
        {
            throw Problem.Conflict($"{item.Kind} {item.Id} cannot be adopted: {item.Why}");
        }
    }

    private IDriftAdoption Of(string kind) => adoptions.FirstOrDefault(adoption => adoption.Kind == kind)
        ?? throw (inventories.Any(inventory => inventory.Kind == kind)
            ? Problem.Conflict($"A {kind} can be neither adopted nor removed")
            : Problem.NotFound("Kind", kind));

    /// <summary>True when Nico has the object at the site; 409 when it has it at another one, whose object must not be touched.</summary>
    private async Task<bool> IsKnown(IDriftAdoption adoption, Guid siteId, string id, CancellationToken ct) => await adoption.SiteOf(db, id, ct) switch
    {
        null => false,
        { } owner when owner == siteId => true,
        { } owner => throw Problem.Conflict($"{adoption.Kind} {id} is at site {owner}"),
    };

    private async Task<DriftItem> Item(Guid siteId, string kind, string id, CancellationToken ct) =>
        await Items(siteId, kind, id, 1, ct) is [var item] ? item.Weighed(isKnownKind: true) : throw Problem.NotFound($"Drift at site {siteId}: {kind}", id);

    private Task<List<DriftItem>> Items(
        Guid? siteId, string? kind, string? id, int pageSize, CancellationToken ct, Guid? afterSite = null, string? afterKind = null, string? afterId = null) =>
        db.Many<DriftItem>(
            Sql.Of<DriftResolution>("ListDrift"),
            new { siteId, kind, id, pageSize, afterSite, afterKind, afterId, kinds = Kinds(_ => true) },
            ct);

    /// <summary>The kinds of these parts, in the order in which they can be adopted.</summary>
    private string[] Kinds(Func<InventoryPart, bool> which) =>
        [.. inventories.Where(inventory => which(inventory.Part)).OrderBy(inventory => inventory.Part).Select(inventory => inventory.Kind)];

    /// <summary>Reads the object from its site, for which no transaction stays open.</summary>
    private async Task<AdoptObject?> Read(IDriftAdoption adoption, Guid siteId, string id, CancellationToken ct)
    {
        await db.Rollback();
        var site = await sites.Find(siteId, ct) ?? throw Problem.Conflict($"Site {siteId} is not connected");
        try
        {
            return await adoption.Read(inventories.First(inventory => inventory.Kind == adoption.Kind), site.Core(db), id, ct);
        }
        catch (RpcException e)
        {
            throw new Problem(503, $"Site {siteId} does not tell of it: {Judgement.Reason(e)}");
        }
    }

    /// <summary>What is removed before: kinds that are adopted later may need what is adopted earlier.</summary>
    private async Task<IReadOnlyList<(string Kind, string ResourceId)>> Before(Guid siteId, string kind, CancellationToken ct)
    {
        var part = inventories.First(inventory => inventory.Kind == kind).Part;
        return await db.Many<(string, string)>(
            Sql.Of<DriftResolution>("OpenBefore"),
            new { siteId, kinds = Kinds(other => other > part), most = MostBefore },
            ct);
    }

    private async Task<DriftOutcome> InLane(Guid siteId, string kind, string id, Func<Task<DriftOutcome>> work, CancellationToken ct)
    {
        DriftOutcome outcome;
        await db.Begin(ct);
        try
        {
            await SiteCommands.LockLane(db, siteId, kind, id, ct);
            outcome = await work();
            await db.Commit(ct);
        }
        catch (UnreadableReport e)
        {
            await db.Rollback();
            throw Problem.Conflict($"{kind} {id} cannot be adopted: {e.Message}");
        }
        catch
        {
            await db.Rollback();
            throw;
        }

        await db.RunAfterCommit(ct);
        return outcome;
    }
}
