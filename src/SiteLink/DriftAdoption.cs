using Google.Protobuf;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink;

/// <summary>
/// How an operator makes objects of one kind Nico's own that only a site has: after a restore of the database, say. One class a kind, found
/// by its type. What is of no such kind can be neither adopted nor removed.
/// </summary>
public abstract class DriftAdoption<TItem> : IDriftAdoption
    where TItem : class, IMessage<TItem>, new()
{
    /// <inheritdoc cref="IDriftAdoption.Kind"/>
    public abstract string Kind { get; }

    /// <inheritdoc cref="IDriftAdoption.SiteOf"/>
    public abstract Task<Guid?> SiteOf(Db db, string id, CancellationToken ct);

    /// <summary>
    /// Makes what the object would have, had it been ordered of Nico, in the open transaction: its row as the site has it, what it takes, an
    /// entry in its history. No quota is in the way, but it counts. Throws a <see cref="SharedKernel.Problem"/> (409) that says what is
    /// missing when it cannot be made.
    /// </summary>
    protected abstract Task Adopt(Db db, Guid siteId, Report<TItem> report, CancellationToken ct);

    async Task<AdoptObject?> IDriftAdoption.Read(ISiteInventory inventory, Forge.ForgeClient core, string id, CancellationToken ct) =>
        await ((SiteInventory<TItem>)inventory).Find(core, id, ct) is { } report ? (db, siteId, token) => Adopt(db, siteId, report, token) : null;
}

/// <summary>Makes an object that was read the row of its own, in the open transaction.</summary>
public delegate Task AdoptObject(Db db, Guid siteId, CancellationToken ct);

/// <summary>A kind of which operators can adopt and remove objects, whatever the type of its messages.</summary>
public interface IDriftAdoption
{
    /// <summary>What the history of an adopted object says.</summary>
    const string Message = "Adopted by the operator";

    /// <summary>The kind, as its inventory calls it.</summary>
    string Kind { get; }

    /// <summary>The site where Nico has the object; null when it has it nowhere.</summary>
    Task<Guid?> SiteOf(Db db, string id, CancellationToken ct);

    /// <summary>Reads the object from its site; null when it is not there.</summary>
    Task<AdoptObject?> Read(ISiteInventory inventory, Forge.ForgeClient core, string id, CancellationToken ct);
}
