using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;

namespace Nico.SharedKernel.Limits;

/// <summary>How many objects of a kind a tenant or a provider may have. Source: docs/limits.md.</summary>
public sealed class ObjectLimits(Db db, IOptions<LimitOptions> limits, ObjectCounts counts, TimeProvider clock)
{
    /// <summary>Who is further from the limit than this is not counted at each request, and needs no lock.</summary>
    private const int Far = 4000;

    private static readonly TimeSpan _remember = TimeSpan.FromSeconds(5);

    /// <summary>
    /// 403 when <paramref name="owner"/> would have more than it may with <paramref name="more"/> objects of <paramref name="kind"/>. Near the
    /// limit an owner's creations of a kind wait for each other, until the transaction ends: call it before any other lock is taken.
    /// </summary>
    /// <param name="count">A select of one number: the objects that <c>@owner</c> has, counted no further than <c>@most</c>.</param>
    public async Task Require(string kind, Guid owner, string count, int more, CancellationToken ct)
    {
        var most = limits.Value.Objects.GetValueOrDefault(kind, limits.Value.ObjectsOfKind);
        var now = clock.GetUtcNow();
        if (counts.Of(kind, owner) is { } known && now - known.At < _remember && most - known.Count > Far)
        {
            return;
        }

        var have = await db.One<int>(count, new { owner, most }, ct);
        if (most - have > Far)
        {
            counts.Keep(kind, owner, have, now);
            return;
        }

        await db.Execute("select pg_advisory_xact_lock(hashtextextended(@what, 0))", new { what = $"{kind} {owner}" }, ct);
        have = await db.One<int>(count, new { owner, most }, ct);
        if (have + more > most)
        {
            throw Problem.Forbidden($"The limit of {most} objects of the kind {kind} is reached");
        }
    }
}

/// <summary>What was counted last.</summary>
public sealed class ObjectCounts
{
    private const int Most = 100_000;

    private readonly ConcurrentDictionary<(string Kind, Guid Owner), (int Count, DateTimeOffset At)> _counts = new();

    internal (int Count, DateTimeOffset At)? Of(string kind, Guid owner) => _counts.TryGetValue((kind, owner), out var known) ? known : null;

    internal void Keep(string kind, Guid owner, int count, DateTimeOffset at)
    {
        if (_counts.Count >= Most)
        {
            _counts.Clear();
        }

        _counts[(kind, owner)] = (count, at);
    }
}
