using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Npgsql;

namespace Nico.SiteLink.Inventory;

/// <summary>Reading one part of one site's inventory.</summary>
internal readonly record struct Turn(Guid SiteId, InventoryPart Part);

/// <summary>Whose turn it is to read which part of which site's inventory, as the table sitelink.poll knows it.</summary>
internal sealed class PollTurns(NpgsqlDataSource source, CommandQueue queue, IOptions<SiteLinkOptions> options, TimeProvider clock)
{
    /// <summary>Rounds that are asked for out of turn begin no closer together than this.</summary>
    private static readonly TimeSpan _closest = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _gather = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Guid, bool> _poked = [];

    /// <summary>Wakes who reads inventories: a round was asked for, or has ended.</summary>
    public Pulse Pulse { get; } = new(clock);

    /// <summary>Takes those of these turns that have come.</summary>
    public Task<List<Turn>> Take(Turn[] turns, CancellationToken ct)
    {
        var now = clock.Now();
        return Read<Turn>("TakeTurns", new { sites = Sites(turns), parts = Parts(turns), now, until = now + options.Value.Lease, holder = queue.Holder }, ct);
    }

    /// <summary>When the next of these turns is due.</summary>
    public async Task<DateTime?> Next(Turn[] turns, CancellationToken ct) =>
        (await Read<DateTime?>("NextTurn", new { sites = Sites(turns), parts = Parts(turns) }, ct)).Single();

    /// <summary>Keeps these turns this process's.</summary>
    public Task Keep(Turn[] turns, CancellationToken ct) => Write(
        "KeepTurns", new { sites = Sites(turns), parts = Parts(turns), until = clock.Now() + options.Value.Lease, holder = queue.Holder }, ct);

    /// <summary>
    /// Sees to it that what the caller writes in its transaction is no older than what another process has written: a process that was
    /// held up, and whose turn was taken over, writes nothing more.
    /// </summary>
    public async Task Hold(Db db, Turn turn, CancellationToken ct)
    {
        if (!await db.OneOrNone<bool>(Sql.Of<PollTurns>("HoldTurn"), new { turn.SiteId, part = turn.Part.ToString(), holder = queue.Holder }, ct))
        {
            throw new LostTurn();
        }
    }

    /// <summary>The round that began at <paramref name="started"/> is over. Each part is read at most half of the time.</summary>
    public Task End(Turn turn, DateTime started, string? error, CancellationToken ct)
    {
        var now = clock.Now();
        var twice = (now - started) * 2;
        return Write("EndTurn", new
        {
            turn.SiteId,
            part = turn.Part.ToString(),
            now,
            next = started + Longer(options.Value.InventoryPeriod, twice),
            pokeFrom = started + Longer(_closest, twice),
            error,
            holder = queue.Holder,
        }, ct);
    }

    /// <summary>
    /// Something has changed at the site: rounds are welcome before their turn. Many such changes in a short while are one; one
    /// that gets lost costs a period, no more.
    /// </summary>
    public void Poke(Guid siteId)
    {
        if (options.Value.InventoryPeriod > _closest && _poked.TryAdd(siteId, true))
        {
            _ = Task.Run(async () =>
            {
                await Task.Delay(_gather, clock);
                _poked.TryRemove(siteId, out _);
                await Write("Poke", new { siteId, now = clock.Now() }, CancellationToken.None);
                Pulse.Beat();
            });
        }
    }

    private static Guid[] Sites(Turn[] turns) => [.. turns.Select(turn => turn.SiteId)];

    private static string[] Parts(Turn[] turns) => [.. turns.Select(turn => turn.Part.ToString())];

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private async Task<List<T>> Read<T>(string sql, object args, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.Many<T>(Sql.Of<PollTurns>(sql), args, ct);
    }

    private async Task Write(string sql, object args, CancellationToken ct)
    {
        await using var db = new Db(source);
        await db.Execute(Sql.Of<PollTurns>(sql), args, ct);
    }
}

/// <summary>Another process reads the site now.</summary>
internal sealed class LostTurn() : Exception("Another process has taken the site over");
