using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Npgsql;

namespace Nico.SiteLink.Inventory;

/// <summary>Reading one part of one site's inventory.</summary>
internal readonly record struct Turn(Guid SiteId, InventoryPart Part);

/// <summary>Whose turn it is to read which part of which site's inventory, as the table sitelink.poll knows it.</summary>
internal sealed class PollTurns(NpgsqlDataSource source, CommandQueue queue, IOptions<SiteLinkOptions> options, TimeProvider clock) : IDisposable
{
    /// <summary>Rounds that are asked for out of turn begin no closer together than this.</summary>
    private static readonly TimeSpan _closest = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _gather = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Turn, bool> _poked = [];
    private readonly CancellationTokenSource _stop = new();
    private int _isPoking;

    /// <summary>Wakes who reads inventories: a round was asked for, or has ended.</summary>
    public Pulse Pulse { get; } = new(clock);

    /// <summary>Takes those of these turns that have come.</summary>
    public Task<List<Turn>> Take(Turn[] turns, CancellationToken ct) => Read<Turn>(
        "TakeTurns", new { sites = Sites(turns), parts = Parts(turns), lease = options.Value.Lease, holder = queue.Holder }, ct);

    /// <summary>How long it is until the next of these turns is due; null when there is none.</summary>
    public async Task<TimeSpan?> Next(Turn[] turns, CancellationToken ct) =>
        (await Read<TimeSpan?>("NextTurn", new { sites = Sites(turns), parts = Parts(turns) }, ct)).Single();

    /// <summary>Keeps these turns this process's.</summary>
    public Task Keep(Turn[] turns, CancellationToken ct) => Write(
        "KeepTurns", new { sites = Sites(turns), parts = Parts(turns), lease = options.Value.Lease, holder = queue.Holder }, ct);

    /// <summary>The time by the database's clock, which all processes share: what a fence is made of.</summary>
    public async Task<DateTime> Now(CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.One<DateTime>("select clock_timestamp()", null, ct);
    }

    /// <summary>
    /// Sees to it that what the caller writes in its transaction is no older than what another process has written: a process that was
    /// held up, and whose turn was taken over, writes nothing more.
    /// </summary>
    public async Task Hold(Db db, Turn turn, CancellationToken ct)
    {
        var args = new { turn.SiteId, part = turn.Part.ToString(), lease = options.Value.Lease, holder = queue.Holder };
        if (!await db.OneOrNone<bool>(Sql.Of<PollTurns>("HoldTurn"), args, ct))
        {
            throw new LostTurn();
        }
    }

    /// <summary>The round of this turn is over.</summary>
    public Task End(Turn turn, string? error, CancellationToken ct) => Write(
        "EndTurn",
        new { turn.SiteId, part = turn.Part.ToString(), period = options.Value.InventoryPeriod, closest = _closest, error, holder = queue.Holder },
        ct);

    /// <summary>
    /// Something has changed at the site: rounds are welcome before their turn. Nobody waits for that: one task of this process asks for all
    /// sites, again and again while the turns are locked. Many such changes in a short while are one.
    /// </summary>
    public void Poke(Guid siteId)
    {
        if (options.Value.InventoryPeriod <= _closest)
        {
            return;
        }

        foreach (var part in Enum.GetValues<InventoryPart>())
        {
            _poked[new Turn(siteId, part)] = true;
        }

        if (Interlocked.CompareExchange(ref _isPoking, 1, 0) == 0)
        {
            _ = Task.Run(AskForRounds);
        }
    }

    public void Dispose() => _stop.Cancel();

    private async Task AskForRounds()
    {
        while (!_poked.IsEmpty && !_stop.IsCancellationRequested)
        {
            await Task.Delay(_gather, clock);
            var turns = _poked.Keys.ToArray();
            foreach (var turn in turns)
            {
                _poked.TryRemove(turn, out _);
            }

            List<Turn> asked = [];
            try
            {
                asked = await Read<Turn>("Poke", new { sites = Sites(turns), parts = Parts(turns) }, _stop.Token);
                Pulse.Beat();
            }
            catch (Exception)
            {
                // Asked again below, unless the process stops: then others read the sites at their time.
            }

            foreach (var left in turns.Except(asked))
            {
                _poked[left] = true;
            }
        }

        Volatile.Write(ref _isPoking, 0);
        if (!_poked.IsEmpty && !_stop.IsCancellationRequested && Interlocked.CompareExchange(ref _isPoking, 1, 0) == 0)
        {
            // One came between the last look and the end.
            _ = Task.Run(AskForRounds);
        }
    }

    private static Guid[] Sites(Turn[] turns) => [.. turns.Select(turn => turn.SiteId)];

    private static string[] Parts(Turn[] turns) => [.. turns.Select(turn => turn.Part.ToString())];

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
