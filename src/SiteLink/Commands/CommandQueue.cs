using Nico.SharedKernel.Data;
using Npgsql;

namespace Nico.SiteLink.Commands;

/// <summary>Who works on which command, as the table of commands knows it. Each member is one statement on a connection of its own.</summary>
internal sealed class CommandQueue(NpgsqlDataSource source)
{
    /// <summary>This process, as a holder of commands.</summary>
    public Guid Holder { get; } = Guid.NewGuid();

    /// <summary>Takes up what is due: at most so many a site, and so many at all.</summary>
    public Task<List<CommandRow>> Claim(IReadOnlyDictionary<Guid, int> slots, int most, DateTime now, TimeSpan lease, CancellationToken ct) =>
        Read("Claim", new { sites = slots.Keys.ToArray(), slots = slots.Values.ToArray(), most, now, until = now + lease, holder = Holder }, ct);

    /// <summary>Takes up the command that the asking request wrote; null when it is not its turn, or somebody else's already.</summary>
    public async Task<CommandRow?> ClaimOwn(Guid id, DateTime now, TimeSpan lease, CancellationToken ct) =>
        (await Read("ClaimOwn", new { id, now, until = now + lease, holder = Holder }, ct)).SingleOrDefault();

    /// <summary>True while nobody has taken the command up.</summary>
    public async Task<bool> IsUnsent(Guid id, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.One<bool>("select exists (select from sitelink.command where id = @id and state = 'Pending' and attempts = 0)", new { id }, ct);
    }

    /// <summary>Closes the command in the transaction of <paramref name="db"/>; false when it is no longer this attempt's.</summary>
    public async Task<bool> Close(Db db, CommandRow row, bool isDead, Outcome outcome, string? code, string? error, DateTime now, CancellationToken ct) =>
        await db.Execute(Sql.Of<CommandQueue>("Close"), new
        {
            id = row.Id,
            row.Attempts,
            holder = Holder,
            state = isDead ? "Dead" : "Done",
            outcome = outcome.ToString(),
            code,
            error,
            now,
        }, ct) == 1;

    /// <summary>Leaves the command for later; false when it is no longer this attempt's.</summary>
    public async Task<bool> PutOff(CommandRow row, DateTime due, bool unsure, int strikes, string code, string error, CancellationToken ct) =>
        await Write("PutOff", new { id = row.Id, row.Attempts, holder = Holder, due, unsure, strikes, code, error }, ct) == 1;

    /// <summary>Keeps these commands this process's.</summary>
    public Task Renew(IReadOnlyCollection<Guid> ids, DateTime until, CancellationToken ct) =>
        Write("Renew", new { ids = ids.ToArray(), until, holder = Holder }, ct);

    /// <summary>Gives back everything that this process holds.</summary>
    public Task GiveBack(DateTime now, CancellationToken ct) => Write("GiveBack", new { now, holder = Holder }, ct);

    /// <summary>Makes due what failed at this site before.</summary>
    public Task EndPauses(Guid siteId, DateTime now, CancellationToken ct) => Write("EndPauses", new { siteId, now }, ct);

    /// <summary>Leaves a command that its request could not carry to everyone.</summary>
    public Task Release(Guid id, DateTime now, CancellationToken ct) => Write("Release", new { id, now }, ct);

    private async Task<List<CommandRow>> Read(string sql, object args, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.Many<CommandRow>(Sql.Of<CommandQueue>(sql), args, ct);
    }

    private async Task<int> Write(string sql, object args, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.Execute(Sql.Of<CommandQueue>(sql), args, ct);
    }
}
