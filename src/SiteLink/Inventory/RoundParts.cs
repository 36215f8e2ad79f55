using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Resources;

namespace Nico.SiteLink.Inventory;

/// <summary>Opens the scopes that a round works in.</summary>
internal sealed class RoundScopes(IServiceScopeFactory scopes)
{
    /// <summary>The kinds of a part.</summary>
    public async Task<string[]> Kinds(InventoryPart part)
    {
        await using var scope = scopes.CreateAsyncScope();
        return
        [
            .. scope.ServiceProvider.GetServices<ISiteInventory>()
                .Where(kind => kind.Part == part)
                .Select(kind => kind.Kind),
        ];
    }

    /// <summary>A scope for work on a kind.</summary>
    public Work Open(string kind)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<LinkScope>().IsLinks = true;
        return new Work(
            scope,
            scope.ServiceProvider.GetRequiredService<Db>(),
            scope.ServiceProvider.GetServices<ISiteInventory>().First(inventory => inventory.Kind == kind));
    }
}

/// <summary>A scope of its own, with the kind's inventory in it.</summary>
internal sealed record Work(AsyncServiceScope Scope, Db Db, ISiteInventory Inventory) : IAsyncDisposable
{
    /// <summary>True for a kind of which sites can be told to remove one.</summary>
    public bool CanDelete(string kind) => Scope.ServiceProvider.HandlerOf(kind, SiteOperation.Delete) is not null;

    public async Task InTransaction(Func<Task> work, CancellationToken ct)
    {
        await Db.Begin(ct);
        try
        {
            await work();
            await Db.Commit(ct);
        }
        catch
        {
            await Db.Rollback();
            throw;
        }

        await Db.RunAfterCommit(ct);
    }

    public ValueTask DisposeAsync() => Scope.DisposeAsync();
}

/// <summary>How far the round of one kind has come.</summary>
internal sealed class Progress
{
    public required Turn Turn { get; init; }

    public Guid SiteId => Turn.SiteId;

    public required string Kind { get; init; }

    public required DateTime Fence { get; init; }

    public SemaphoreSlim Applying { get; } = new(1);

    public LastRound Last { get; set; } = new();

    public string[] Expected { get; set; } = [];

    public int Objects { get; set; }

    public int Failed { get; set; }

    /// <summary>Objects beyond what the site may have.</summary>
    public int Over { get; set; }

    /// <summary>How many the site may have.</summary>
    public int Most { get; set; }

    /// <summary>What the site lists in the place of ids.</summary>
    public IReadOnlyList<Drift> Odd { get; set; } = [];

    public int Told { get; set; }

    public int Untold { get; set; }

    public int Held { get; set; }

    /// <summary>Why so many are held back; null for none.</summary>
    public string? HeldReason { get; set; }

    public bool IsComplete { get; set; }

    public string? Error { get; set; }

    /// <summary>True when the kind should have been read and could not be, or not all of it.</summary>
    public bool IsUnread => Error is not (null or "Unimplemented");

    public string? Absent { get; set; }

    public long? IdsHash { get; set; }

    public bool HasStirred { get; set; }
}

/// <summary>What is kept of the rounds before.</summary>
internal sealed record LastRound
{
    public string? Absent { get; init; }

    public long? IdsHash { get; init; }

    public DateTime? Stirred { get; init; }

    public TimeSpan? Took { get; init; }

    public bool HasDrift { get; init; }

    /// <summary>Ids of what is held back that an operator says is gone.</summary>
    public string[]? Accepted { get; init; }
}

internal sealed record SeenObject
{
    public required string Id { get; init; }

    public long? Hash { get; init; }
}
