namespace Nico.SiteLink;

/// <summary>Wakes whoever waits in this process: there is work, or a command was closed.</summary>
internal sealed class Pulse(TimeProvider clock)
{
    private TaskCompletionSource _next = Make();

    /// <summary>Completes at the next beat. Taken before looking for work, it misses none that comes after the look.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes everyone.</summary>
    public void Beat() => Interlocked.Exchange(ref _next, Make()).TrySetResult();

    /// <summary>Wakes everyone at <paramref name="time"/>.</summary>
    public void BeatAt(DateTime time)
    {
        var wait = time - clock.GetUtcNow().UtcDateTime;
        _ = wait <= TimeSpan.Zero ? Done() : Task.Delay(wait, clock).ContinueWith(_ => Beat(), TaskScheduler.Default);

        Task Done()
        {
            Beat();
            return Task.CompletedTask;
        }
    }

    /// <summary>Waits for <paramref name="next"/>, at most this long; never throws for a cancellation.</summary>
    public async Task Wait(Task next, TimeSpan most, CancellationToken ct)
    {
        if (most <= TimeSpan.Zero)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(next, Task.Delay(most, clock, limit.Token));
        await limit.CancelAsync();
    }

    private static TaskCompletionSource Make() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Marks the link's own scopes: what is ordered in them no request waits for.</summary>
internal sealed class LinkScope
{
    /// <summary>True in a scope that the link opened.</summary>
    public bool IsLinks { get; set; }
}
