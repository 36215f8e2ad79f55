using System.Collections.Concurrent;
using Nico.SharedKernel.Data;
using Npgsql;

namespace Nico.SiteLink.Commands;

/// <summary>
/// Who works on which command, as the table of commands knows it. Each member is one statement on a connection of its own. Leases and what is
/// due go by the database's clock, which all processes share.
/// </summary>
internal sealed class CommandQueue(NpgsqlDataSource source, TimeProvider clock)
{
    /// <summary>Since when, at the least, each command that this process carries is its own.</summary>
    private readonly ConcurrentDictionary<Guid, long> _held = [];

    /// <summary>This process, as a holder of commands.</summary>
    public Guid Holder { get; } = Guid.NewGuid();

    /// <summary>Takes up what is due: at most so many a site, and so many at all.</summary>
    public Task<List<CommandRow>> Claim(IReadOnlyDictionary<Guid, int> slots, int most, TimeSpan lease, CancellationToken ct) =>
        Take("Claim", new { sites = slots.Keys.ToArray(), slots = slots.Values.ToArray(), most, lease, holder = Holder }, ct);

    /// <summary>Takes up the command that the asking request wrote; null when it is not its turn, or somebody else's already.</summary>
    public async Task<CommandRow?> ClaimOwn(Guid id, TimeSpan lease, CancellationToken ct) =>
        (await Take("ClaimOwn", new { id, lease, holder = Holder }, ct)).SingleOrDefault();

    /// <summary>True while nobody has taken the command up.</summary>
    public async Task<bool> IsUnsent(Guid id, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.One<bool>("select exists (select from sitelink.command where id = @id and state = 'Pending' and attempts = 0)", new { id }, ct);
    }

    /// <summary>Closes the command in the transaction of <paramref name="db"/>; false when it is no longer this attempt's.</summary>
    public async Task<bool> Close(Db db, CommandRow row, bool isDead, Outcome outcome, string? code, string? error, CancellationToken ct) =>
        await db.Execute(Sql.Of<CommandQueue>("Close"), new
        {
            id = row.Id,
            row.Attempts,
            holder = Holder,
            state = isDead ? "Dead" : "Done",
            outcome = outcome.ToString(),
            code,
            error,
        }, ct) == 1;

    /// <summary>Leaves the command for later; false when it is no longer this attempt's.</summary>
    public async Task<bool> PutOff(CommandRow row, TimeSpan pause, bool unsure, int strikes, string code, string error, CancellationToken ct) =>
        await Write("PutOff", new { id = row.Id, row.Attempts, holder = Holder, pause, unsure, strikes, code, error }, ct) == 1;

    /// <summary>Keeps these commands this process's.</summary>
    public async Task Renew(IReadOnlyCollection<Guid> ids, TimeSpan lease, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        await using var db = new Db(source);
        foreach (var id in await db.Many<Guid>(Sql.Of<CommandQueue>("Renew"), new { ids = ids.ToArray(), lease, holder = Holder }, ct))
        {
            _held.TryUpdate(id, asked, _held.GetValueOrDefault(id));
        }
    }

    /// <summary>
    /// True while nobody can have taken the command over. A process that was held up for longer than its lease must find that out before
    /// it tells a site what others have told it better meanwhile.
    /// </summary>
    public bool IsHeld(Guid id, TimeSpan lease) => _held.TryGetValue(id, out var since) && clock.GetElapsedTime(since) < lease;

    /// <summary>This process carries the command no longer.</summary>
    public void LetGo(Guid id) => _held.TryRemove(id, out _);

    /// <summary>Gives back everything that this process holds.</summary>
    public Task GiveBack(CancellationToken ct) => Write("GiveBack", new { holder = Holder }, ct);

    /// <summary>Makes due what failed at this site before.</summary>
    public Task EndPauses(Guid siteId, CancellationToken ct) => Write("EndPauses", new { siteId }, ct);

    /// <summary>Leaves a command that its request could not carry to everyone.</summary>
    public Task Release(Guid id, CancellationToken ct) => Write("Release", new { id }, ct);

    private async Task<List<CommandRow>> Take(string sql, object args, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        await using var db = new Db(source);
        var taken = await db.Many<CommandRow>(Sql.Of<CommandQueue>(sql), args, ct);
        taken.ForEach(row => _held[row.Id] = asked);
        return taken;
    }

    private async Task<int> Write(string sql, object args, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.Execute(Sql.Of<CommandQueue>(sql), args, ct);
    }
}
