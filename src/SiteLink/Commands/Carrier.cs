using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Connections;
using Nico.SiteLink.Inventory;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Forge;
using Npgsql;

namespace Nico.SiteLink.Commands;

/// <summary>
/// Carries one command that was taken up: sends it, finds out what became of it, and records that in the transaction that
/// closes the command. Whoever took it up, a request or the dispatcher, it is carried here.
/// </summary>
internal sealed partial class Carrier(
    IServiceScopeFactory scopes, Sites sites, CommandQueue queue, WaitingRequests waiting, PollTurns turns, Pulse pulse, Telemetry telemetry,
    IOptions<SiteLinkOptions> options, TimeProvider clock, ILogger<Carrier> log)
{
    private const int MaxRecordings = 4;
    private const string WithoutWords = "no reason that could be kept";

    /// <summary>Carries <paramref name="row"/>. Never throws: what fails is recorded, or else found out once the lease has passed.</summary>
    public async Task Carry(CommandRow row, CancellationToken stop)
    {
        using var activity = telemetry.Activities.StartActivity($"site command {row.Kind} {row.Operation}");
        activity?.SetTag("nico.site_id", row.SiteId.ToString());
        activity?.SetTag("nico.resource_id", row.ResourceId);
        activity?.SetTag("nico.attempt", row.Attempts);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<LinkScope>().IsLinks = true;
            var handler = scope.ServiceProvider.HandlerOf(row.Kind, row.Operation);
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            var verdict = await Attempt(row, handler, db, stop);
            await Record(row, handler, db, verdict);
        }
        catch (Exception e)
        {
            Unrecorded(log, e, row.Kind, row.Operation, row.ResourceId, row.SiteId);
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
        }
        finally
        {
            queue.LetGo(row.Id);
        }
    }

    private static SiteCall Call(CommandRow row, Db db, Forge.ForgeClient core) =>
        new() { CommandId = row.Id, Command = row.ToCommand(), Core = core, Db = db };

    private async Task<Verdict> Attempt(CommandRow row, SiteCommandHandler? handler, Db db, CancellationToken stop)
    {
        if (handler is null)
        {
            return Failed(row, "NoHandler", $"Nothing here carries out {row.Operation} on {row.Kind}", row.Unsure);
        }

        if (!row.NeedsSite)
        {
            return new Verdict.Done(null, Outcome.NeverSent);
        }

        try
        {
            var site = await sites.Find(row.SiteId, stop) ?? throw Channels.Unreachable("The site is not connected");
            var call = Call(row, db, site.Core(db, () => queue.IsHeld(row.Id, options.Value.Lease)));
            if (row.Unsure && (row.Operation is SiteOperation.Create or SiteOperation.Reboot || row.Repeats > 0) && await Look(row, handler, call, stop) is { } known)
            {
                return known;
            }

            try
            {
                var answer = await handler.Send(call, stop);
                return new Verdict.Done(answer, answer is null ? Outcome.NothingToSend : Outcome.Accepted);
            }
            catch (RpcException e)
            {
                return await Judge(row, handler, call, e, stop);
            }
        }
        catch (RpcException e) when (Channels.NeverArrived(e))
        {
            return new Verdict.Later(e.StatusCode.ToString(), Judgement.Reason(e), row.Unsure);
        }
        catch (Exception e)
        {
            if (stop.IsCancellationRequested)
            {
                return new Verdict.Later("Stopped", "The process stopped during the attempt", Unsure: true);
            }

            if (Outages.IsOutage(e))
            {
                return new Verdict.Later("Database", SiteText.Of(e.Message), Unsure: true);
            }

            HandlerFailed(log, e, row.Kind, row.Operation, row.ResourceId);
            return Failed(row, e.GetType().Name, e.Message, unsure: true);
        }
        finally
        {
            await db.Rollback();
        }
    }

    /// <summary>Looks first: an earlier attempt may have gone through. Null when it has not, and the command is to be sent.</summary>
    private static async Task<Verdict?> Look(CommandRow row, SiteCommandHandler handler, SiteCall call, CancellationToken stop)
    {
        try
        {
            var found = await handler.ReadBack(call, stop);
            return found.Done ? new Verdict.Done(found.Answer, Outcome.Found) : null;
        }
        catch (RpcException e)
        {
            return CouldNotLook(row, e, e.StatusCode.ToString(), Judgement.Reason(e));
        }
    }

    /// <summary>Weighs a failure, after a look at the site wherever the command may have had its effect.</summary>
    private static async Task<Verdict> Judge(CommandRow row, SiteCommandHandler handler, SiteCall call, RpcException e, CancellationToken stop)
    {
        var (code, reason) = (e.StatusCode.ToString(), Judgement.Reason(e));
        var meaning = Judgement.Of(e);
        if (meaning is Meaning.NeverArrived or Meaning.Lost)
        {
            return new Verdict.Later(code, reason, Unsure: row.Unsure || meaning == Meaning.Lost);
        }

        try
        {
            var found = await handler.ReadBack(call, stop);
            if (found.Done)
            {
                return new Verdict.Done(found.Answer, Outcome.Found);
            }
        }
        catch (RpcException unread) when (unread.StatusCode is not (StatusCode.Unimplemented or StatusCode.PermissionDenied))
        {
            return CouldNotLook(row, unread, code, reason);
        }
        catch (RpcException)
        {
            // This site lets nobody look: its first answer must do.
        }

        return meaning switch
        {
            Meaning.Final => new Verdict.Refused(Judgement.Status(e.StatusCode), code, reason, IsLastWord: true),
            Meaning.Exhausted when row.Strikes + 1 >= Judgement.MaxExhausted => new Verdict.Refused(
                handler.ExhaustedStatus, code, reason == code ? $"The site has nothing left for {row.Kind}" : reason, IsLastWord: true),
            Meaning.Exhausted => new Verdict.Later(code, reason, Unsure: false, Strike: 1),
            Meaning.Broken => Failed(row, code, reason, unsure: true),
            _ => new Verdict.Later(code, reason, Unsure: true),
        };
    }

    private static Verdict CouldNotLook(CommandRow row, RpcException unread, string code, string reason) =>
        Judgement.Of(unread) is Meaning.NeverArrived or Meaning.Lost or Meaning.Ambiguous
            ? new Verdict.Later(code, reason, Unsure: true)
            : Failed(row, code, reason, unsure: true);

    private static Verdict Failed(CommandRow row, string code, string reason, bool unsure) => row.Strikes + 1 >= Judgement.MaxStrikes
        ? new Verdict.Refused(500, code, SiteText.Of(reason), IsLastWord: false)
        : new Verdict.Later(code, SiteText.Of(reason), unsure, Strike: 1);

    private async Task Record(CommandRow row, SiteCommandHandler? handler, Db db, Verdict verdict)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                switch (verdict)
                {
                    case Verdict.Done done:
                        await Succeed(row, handler!, db, done);
                        break;
                    case Verdict.Refused refused:
                        await Refuse(row, handler, db, refused);
                        break;
                    case Verdict.Later later:
                        await PutOff(row, later);
                        break;
                }

                return;
            }
            catch (Exception e) when (tries < MaxRecordings && Outages.IsOutage(e))
            {
                await db.Rollback();
                await Task.Delay(TimeSpan.FromMilliseconds(50 << tries), clock);
            }
            catch (Exception e) when (verdict is not Verdict.Later && !Outages.IsOutage(e))
            {
                // What the site said stands, but its handler cannot record it: tried again, and given up when that does not help.
                await db.Rollback();
                HandlerFailed(log, e, row.Kind, row.Operation, row.ResourceId);
                if (verdict is Verdict.Refused { Reason: var words } said && words != WithoutWords)
                {
                    // It may be the site's words that cannot be written down: a refusal without them leaves the resource a way on.
                    verdict = said with { Reason = WithoutWords };
                    continue;
                }

                verdict = Failed(row, e.GetType().Name, e.Message, unsure: true);
                if (verdict is Verdict.Refused refused)
                {
                    await Bury(row, db, refused);
                    return;
                }
            }
        }
    }

    private async Task Succeed(CommandRow row, SiteCommandHandler handler, Db db, Verdict.Done done)
    {
        await db.Begin(CancellationToken.None);
        await handler.Succeeded(Call(row, db, Nobody()), done.Answer, CancellationToken.None);
        if (row.Operation == SiteOperation.Delete)
        {
            await db.Execute(Sql.Of<Carrier>("CloseDead"), new { row.SiteId, row.Kind, row.ResourceId }, CancellationToken.None);
        }

        if (await Close(row, db, isDead: false, done.Outcome, null, null) && row.NeedsSite)
        {
            turns.Poke(row.SiteId);
        }

        waiting.For(row.Id)?.GoOn();
    }

    private async Task Refuse(CommandRow row, SiteCommandHandler? handler, Db db, Verdict.Refused refused)
    {
        if (row.Repeats > 0)
        {
            // It was done once. The object is not back for good, whatever keeps it from going now.
            await db.Begin(CancellationToken.None);
            await Close(row, db, isDead: false, OutcomeOf(refused), refused.Code, refused.Reason);
            return;
        }

        var request = waiting.For(row.Id);
        var requestWaits = refused.IsLastWord && request?.Hold() == true;
        try
        {
            await db.Begin(CancellationToken.None);
            if (handler is not null)
            {
                await handler.Refused(Call(row, db, Nobody()), new SiteRefusal(refused.Status, refused.Reason, requestWaits), CancellationToken.None);
            }

            if (await Close(row, db, isDead: !requestWaits, OutcomeOf(refused), refused.Code, refused.Reason))
            {
                if (requestWaits)
                {
                    request!.Refuse(new Problem(refused.Status, "The site refused: " + refused.Reason));
                }
                else
                {
                    WentDead(log, row.Kind, row.Operation, row.ResourceId, row.SiteId, refused.Code, refused.Reason);
                }
            }
        }
        finally
        {
            // Unless it was refused: what could not be undone, the request must not answer as if it were.
            request?.GoOn();
        }
    }

    private static Outcome OutcomeOf(Verdict.Refused refused) => refused.IsLastWord ? Outcome.Refused : Outcome.GivenUp;

    /// <summary>Closes as dead without the handler, which cannot record it.</summary>
    private async Task Bury(CommandRow row, Db db, Verdict.Refused refused)
    {
        await db.Begin(CancellationToken.None);
        var isDead = row.Repeats == 0;
        if (await Close(row, db, isDead, Outcome.GivenUp, refused.Code, refused.Reason) && isDead)
        {
            WentDead(log, row.Kind, row.Operation, row.ResourceId, row.SiteId, refused.Code, refused.Reason);
        }

        waiting.For(row.Id)?.GoOn();
    }

    private async Task PutOff(CommandRow row, Verdict.Later later)
    {
        var pause = Pause(row.Attempts);
        var due = clock.Now() + pause;
        await queue.PutOff(row, pause, later.Unsure, row.Strikes + later.Strike, later.Code, later.Reason, CancellationToken.None);
        telemetry.Command(row.Kind, row.Operation.ToString(), "Later");
        pulse.BeatAt(due);
        if (waiting.For(row.Id) is { } request && (due >= request.Deadline || (await sites.Find(row.SiteId, CancellationToken.None))?.Circuit.IsOpen != false))
        {
            request.GoOn();
        }
    }

    /// <summary>Closes the command and commits; false, and nothing done, when somebody else has taken it over meanwhile.</summary>
    private async Task<bool> Close(CommandRow row, Db db, bool isDead, Outcome outcome, string? code, string? error)
    {
        if (!await queue.Close(db, row, isDead, outcome, code, error, CancellationToken.None))
        {
            await db.Rollback();
            TakenOver(log, row.Kind, row.Operation, row.ResourceId);
            return false;
        }

        await db.Commit(CancellationToken.None);
        telemetry.Command(row.Kind, row.Operation.ToString(), outcome.ToString());
        pulse.Beat();
        await Quietly(() => db.RunAfterCommit(CancellationToken.None));
        return true;
    }

    /// <summary>What comes after the commit changes nothing about the outcome.</summary>
    private async Task Quietly(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            Afterwards(log, e.Message);
        }
    }

    /// <summary>Full jitter: from nothing to a bound that doubles with each attempt.</summary>
    private TimeSpan Pause(int attempts)
    {
        var bound = options.Value.FirstPause * Math.Pow(2, Math.Min(attempts - 1, 20));
        bound = bound < options.Value.LongestPause ? bound : options.Value.LongestPause;
        return TimeSpan.FromMilliseconds(20) + (bound * Random.Shared.NextDouble());
    }

    private static Forge.ForgeClient Nobody() => new(new NobodyThere("No site is called while an outcome is recorded"));

    [LoggerMessage(Level = LogLevel.Error, Message = "What became of {Operation} of {Kind} {ResourceId} at site {SiteId} could not be recorded; it is found out once the lease has passed")]
    private static partial void Unrecorded(ILogger log, Exception e, string kind, SiteOperation operation, string resourceId, Guid siteId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The handler of {Operation} of {Kind} {ResourceId} failed")]
    private static partial void HandlerFailed(ILogger log, Exception e, string kind, SiteOperation operation, string resourceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation} of {Kind} {ResourceId} at site {SiteId} is dead: {Code}: {Reason}")]
    private static partial void WentDead(ILogger log, string kind, SiteOperation operation, string resourceId, Guid siteId, string code, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A command was closed, but not what was to follow: {Reason}")]
    private static partial void Afterwards(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation} of {Kind} {ResourceId} was taken over before its outcome was recorded")]
    private static partial void TakenOver(ILogger log, string kind, SiteOperation operation, string resourceId);
}

/// <summary>Tells a database that is away or busy from a statement that is wrong.</summary>
internal static class Outages
{
    /// <summary>True when the same statement may well work later: no connection, a shutdown, a deadlock, a lock or statement timeout, a transaction that
    /// stood still for too long.</summary>
    public static bool IsOutage(Exception e) => e switch
    {
        PostgresException postgres => postgres.SqlState is ['0', '8', ..] or ['4', '0', ..] or ['5', '3', ..] or ['5', '7', ..] or "55P03" or "25P03",
        NpgsqlException or TimeoutException or System.Net.Sockets.SocketException => true,
        _ => e.InnerException is { } inner && IsOutage(inner),
    };
}
