using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Commands;

/// <summary>Writes commands into the scope's transaction, and lets the request carry its own once that has committed.</summary>
internal sealed partial class SiteCommands(
    Db db, LinkScope scope, CommandQueue queue, Sites sites, Flights flights, WaitingRequests waiting, Pulse pulse,
    IHostApplicationLifetime lifetime, IOptions<SiteLinkOptions> options, TimeProvider clock, ILogger<SiteCommands> log)
    : ISiteCommands
{
    /// <summary>How much later than the end of the request's wait others may take its command up: by then the request is gone.</summary>
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _peek = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _breath = TimeSpan.FromMilliseconds(10);

    private readonly List<Errand> _errands = [];

    public Task Enqueue(SiteCommand command, CancellationToken ct) => Write(command, isCarried: !scope.IsLinks, ct);

    public Task EnqueueInBackground(SiteCommand command, CancellationToken ct) => Write(command, isCarried: false, ct);

    /// <summary>Keeps others from what is ordered of the resource until the transaction ends.</summary>
    public static Task LockLane(Db db, Guid siteId, string kind, string resourceId, CancellationToken ct) => db.Execute(
        "select pg_advisory_xact_lock(hashtextextended(@siteId::text || '/' || @kind || '/' || @resourceId, 0))",
        new { siteId, kind, resourceId },
        ct);

    private async Task Write(SiteCommand command, bool isCarried, CancellationToken ct)
    {
        if (!db.InTransaction)
        {
            throw new InvalidOperationException("A site command is written in the transaction of the change that causes it");
        }

        var now = clock.Now();
        var needsSite = !await MergeIntoLane(command, ct);
        var after = command.After.Where(other => other != (command.Kind, command.ResourceId)).Distinct().ToArray();
        var id = Guid.CreateVersion7();
        await db.Execute(Sql.Of<SiteCommands>("Insert"), new
        {
            id,
            siteId = command.SiteId,
            kind = command.Kind,
            resourceId = command.ResourceId,
            operation = command.Operation.ToString(),
            arguments = command.Arguments,
            afterKinds = after.Select(other => other.Kind).ToArray(),
            afterIds = after.Select(other => other.ResourceId).ToArray(),
            needsSite,
            wait = isCarried ? options.Value.RequestWait + _margin : TimeSpan.Zero,
            now,
        }, ct);
        if (!isCarried)
        {
            db.AfterCommit(_ =>
            {
                pulse.Beat();
                return Task.CompletedTask;
            });
            return;
        }

        // Several commands of one request are on their way at the same time, and share its wait.
        var errand = new Errand(id, command.SiteId, needsSite);
        _errands.Add(errand);
        db.AfterCommit(async gone =>
        {
            var until = clock.Now() + options.Value.RequestWait;
            _errands.ForEach(each => each.Way ??= Carry(each, until, gone));
            if (await errand.Way! is { } refusal)
            {
                throw refusal;
            }
        });
    }

    /// <summary>
    /// Takes out of the lane what this command makes pointless; true when that leaves nothing to tell the site, since the create
    /// of what is to be deleted was never sent.
    /// </summary>
    private async Task<bool> MergeIntoLane(SiteCommand command, CancellationToken ct)
    {
        var lane = new { siteId = command.SiteId, kind = command.Kind, resourceId = command.ResourceId };
        await LockLane(db, command.SiteId, command.Kind, command.ResourceId, ct);
        if (command.Operation is not (SiteOperation.Update or SiteOperation.Delete))
        {
            return false;
        }

        var open = await db.Many<OpenCommand>(Sql.Of<SiteCommands>("OpenInLane"), lane, ct);
        if (command.Operation == SiteOperation.Update)
        {
            if (open is [.., { Operation: SiteOperation.Update, IsUnsent: true } last])
            {
                await Replace([last.Id], ct);
            }

            return false;
        }

        var create = open.FindIndex(each => each is { Operation: SiteOperation.Create, IsUnsent: true });
        if (create >= 0 && (await Replace([open[create].Id], ct)).Count == 1)
        {
            // What was to happen to it after its making will not happen either.
            await Replace([.. open.Skip(create + 1).Select(each => each.Id)], ct);
            return open.Take(create).All(each => each.Operation == SiteOperation.Delete);
        }

        await Replace([.. open.Where(each => each is { Operation: SiteOperation.Update, IsUnsent: true }).Select(each => each.Id)], ct);
        return false;
    }

    private async Task<List<Guid>> Replace(Guid[] ids, CancellationToken ct)
    {
        var replaced = ids.Length == 0 ? [] : await db.Many<Guid>(Sql.Of<SiteCommands>("Replace"), new { ids }, ct);
        db.AfterCommit(_ =>
        {
            // Requests that wait for these have nothing more to wait for.
            replaced.ForEach(id => waiting.For(id)?.GoOn());
            return Task.CompletedTask;
        });
        return replaced;
    }

    /// <summary>
    /// The request's own way to the site. What it has begun goes on when the request leaves; what it could not begin is left
    /// to the dispatcher. The site's refusal, or null.
    /// </summary>
    private async Task<Problem?> Carry(Errand errand, DateTime until, CancellationToken aborted)
    {
        // A process that stops answers those who wait with the resource as it stands.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        var gone = either.Token;
        var request = waiting.Wait(errand.CommandId, until);
        var isTakenUp = false;
        try
        {
            while (!request.Answer.IsCompleted && !gone.IsCancellationRequested)
            {
                var next = pulse.Next;
                if (!isTakenUp)
                {
                    var site = await sites.Find(errand.SiteId, CancellationToken.None);
                    if (errand.NeedsSite && site?.Circuit.IsOpen != false)
                    {
                        break;
                    }

                    isTakenUp = await TakeUp(errand);
                    if (errand.IsOver)
                    {
                        return null;
                    }
                }

                var left = until - clock.Now();
                if (left <= TimeSpan.Zero)
                {
                    break;
                }

                if (isTakenUp)
                {
                    await pulse.Wait(request.Answer, left, gone);
                }
                else
                {
                    await pulse.Wait(Task.WhenAny(request.Answer, next), _breath, left < _peek ? left : _peek, gone);
                }
            }
        }
        catch (Exception e)
        {
            // The command is in the database; the dispatcher will see to it.
            LeftBehind(log, e.Message);
        }
        finally
        {
            waiting.End(errand.CommandId);
        }

        if (!isTakenUp)
        {
            await Leave(errand);
        }

        return !request.Answer.IsCompleted && request.Leave() ? null : await request.Answer;
    }

    private async Task<bool> TakeUp(Errand errand)
    {
        if (flights.At(errand.SiteId) >= options.Value.MaxCallsPerSite)
        {
            return false;
        }

        if (await queue.ClaimOwn(errand.CommandId, options.Value.Lease, CancellationToken.None) is { } row)
        {
            flights.Launch(row);
            return true;
        }

        errand.IsOver = !await queue.IsUnsent(errand.CommandId, CancellationToken.None);
        return errand.IsOver;
    }

    private async Task Leave(Errand errand)
    {
        try
        {
            await queue.Release(errand.CommandId, CancellationToken.None);
            pulse.Beat();
        }
        catch (Exception e)
        {
            LeftBehind(log, e.Message);
        }
    }

    /// <summary>A command that this request wrote and carries.</summary>
    private sealed class Errand(Guid commandId, Guid siteId, bool needsSite)
    {
        public Guid CommandId { get; } = commandId;

        public Guid SiteId { get; } = siteId;

        public bool NeedsSite { get; } = needsSite;

        /// <summary>True when another command took its place, or somebody else took it up.</summary>
        public bool IsOver { get; set; }

        public Task<Problem?>? Way { get; set; }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request could not carry its site command, which is left to the dispatcher: {Reason}")]
    private static partial void LeftBehind(ILogger log, string reason);
}
