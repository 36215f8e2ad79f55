using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Host.Http;

/// <summary>
/// Shares the process among the orgs that ask at the same time: while there are several, each has an equal part of
/// <see cref="LimitOptions.SharedConcurrency"/> at work, and what it asks beyond waits for its own turn. An org that asks alone is not held up.
/// A request that waits for its body or its site does not count, nor does one for longer than a short time: it may wait for a lock.
/// </summary>
internal sealed class FairShare(RequestDelegate next, IOptions<LimitOptions> limits)
{
    /// <summary>How long a request counts as being at work.</summary>
    private static readonly TimeSpan _counts = TimeSpan.FromMilliseconds(200);

    /// <summary>How long an org is expected back.</summary>
    private static readonly TimeSpan _returns = TimeSpan.FromSeconds(10);

    /// <summary>How often a waiting request looks by itself whether those before it have stopped counting.</summary>
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Org> _orgs = [];
    private long _swept = Stopwatch.GetTimestamp();

    public async Task InvokeAsync(HttpContext http, Caller caller, AtWork work)
    {
        if (caller.UserId is null)
        {
            await next(http);
            return;
        }

        // A body that is slow to come takes no turn.
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            await RequestBody.Read(http, http.RequestAborted);
        }

        var turn = new Turn();
        var org = Ask(caller.Org, turn);
        work.Begin(() => End(org, turn));
        try
        {
            while (!turn.Begun.Task.IsCompleted)
            {
                await Task.WhenAny(turn.Begun.Task, Task.Delay(_look, http.RequestAborted));
                http.RequestAborted.ThrowIfCancellationRequested();
                Begin(org);
            }

            await next(http);
        }
        finally
        {
            End(org, turn);
        }
    }

    private Org Ask(string name, Turn turn)
    {
        lock (_lock)
        {
            if (!_orgs.TryGetValue(name, out var org))
            {
                _orgs[name] = org = new Org();
            }

            org.Seen = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(_swept) > _counts)
            {
                Sweep();
            }

            org.Waiting.AddLast(turn);
            BeginDue(org);
            return org;
        }
    }

    private void Begin(Org org)
    {
        lock (_lock)
        {
            BeginDue(org);
        }
    }

    private void End(Org org, Turn turn)
    {
        lock (_lock)
        {
            if (!org.Working.Remove(turn))
            {
                org.Waiting.Remove(turn);
            }

            BeginDue(org);
        }
    }

    /// <summary>Lets those go on whose turn it is.</summary>
    private void BeginDue(Org org)
    {
        while (org.Waiting.First is { } first && (_orgs.Count == 1 || org.AtWork() < Math.Max(1, limits.Value.SharedConcurrency / _orgs.Count)))
        {
            org.Waiting.RemoveFirst();
            org.Working.Add(first.Value);
            first.Value.Started = Stopwatch.GetTimestamp();
            first.Value.Begun.SetResult();
        }
    }

    /// <summary>Forgets orgs that have not asked for a while.</summary>
    private void Sweep()
    {
        _swept = Stopwatch.GetTimestamp();
        foreach (var (name, org) in _orgs)
        {
            if (org.Working.Count + org.Waiting.Count == 0 && Stopwatch.GetElapsedTime(org.Seen) > _returns)
            {
                _orgs.Remove(name);
            }
        }
    }

    private sealed class Org
    {
        public long Seen { get; set; }

        public LinkedList<Turn> Waiting { get; } = [];

        public HashSet<Turn> Working { get; } = [];

        public int AtWork() => Working.Count(turn => Stopwatch.GetElapsedTime(turn.Started) < _counts);
    }

    private sealed class Turn
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Started { get; set; }
    }
}
