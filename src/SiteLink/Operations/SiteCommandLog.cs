using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink.Operations;

/// <summary>Reads the table of commands, and opens dead ones again.</summary>
internal sealed class SiteCommandLog(Db db, IServiceProvider scope, Pulse pulse) : ISiteCommandLog
{
    public async Task<IReadOnlyList<SiteCommandEntry>> List(SiteCommandQuery query, CancellationToken ct)
    {
        if (query.PageSize is < 1 or > 200)
        {
            throw Problem.Invalid("pageSize", "must be from 1 to 200");
        }

        return await db.Many<SiteCommandEntry>(
            Sql.Of<SiteCommandLog>("ListCommands"), new { state = query.State?.ToString(), query.SiteId, query.After, query.PageSize }, ct);
    }

    public async Task<IReadOnlyList<SiteCommandCount>> Counts(CancellationToken ct) =>
        await db.Many<SiteCommandCount>(Sql.Of<SiteCommandLog>("CountCommands"), null, ct);

    public async Task<SiteCommandEntry> Retry(Guid id, CancellationToken ct)
    {
        await db.Begin(ct);
        try
        {
            await Reopen(id, ct);
            await db.Commit(ct);
        }
        catch
        {
            await db.Rollback();
            throw;
        }

        pulse.Beat();
        await db.RunAfterCommit(ct);
        return await Find(id, ct) ?? throw Problem.NotFound("site command", id);
    }

    private async Task Reopen(Guid id, CancellationToken ct)
    {
        // The handler locks its row before the command's is touched: the order in which outcomes are recorded, too.
        var row = await db.OneOrNone<CommandRow>(Sql.Of<SiteCommandLog>("GetDeadCommand"), new { id }, ct);
        if (row is null)
        {
            throw await Find(id, ct) is { } entry ? NotDead(id, entry.State) : Problem.NotFound("site command", id);
        }

        scope.GetRequiredService<LinkScope>().IsLinks = true;
        var handler = scope.HandlerOf(row.Kind, row.Operation)
            ?? throw Problem.Conflict($"Nothing here carries out {row.Operation} on {row.Kind}");
        var call = new SiteCall
        {
            CommandId = row.Id,
            Command = row.ToCommand(),
            Core = new Forge.ForgeClient(new NobodyThere("No site is called while a command is opened again")),
            Db = db,
        };
        await handler.Retried(call, ct);
        if (await db.Execute(Sql.Of<SiteCommandLog>("Reopen"), new { id }, ct) == 0)
        {
            throw NotDead(id, SiteCommandState.Pending);
        }
    }

    public Task<SiteCommandEntry?> Find(Guid id, CancellationToken ct) =>
        db.OneOrNone<SiteCommandEntry>(Sql.Of<SiteCommandLog>("GetCommand"), new { id }, ct);

    private static Problem NotDead(Guid id, SiteCommandState state) => Problem.Conflict($"Site command {id} is {state}, not Dead");
}
