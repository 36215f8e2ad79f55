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

    /// <summary>The same, and not before <paramref name="least"/>: many beats in a row are one.</summary>
    public async Task Wait(Task next, TimeSpan least, TimeSpan most, CancellationToken ct)
    {
        await Wait(next, most, ct);
        if (!ct.IsCancellationRequested)
        {
            await Task.Delay(least, clock, ct).ContinueWith(_ => { }, TaskScheduler.Default);
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

/// <summary>Says of what goes on for long, such as a database that is away, only now and then that it does.</summary>
internal sealed class Complaint(TimeProvider clock)
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(30);

    private long? _last;

    /// <summary>True when it has not been said lately.</summary>
    public bool IsDue()
    {
        if (_last is { } last && clock.GetElapsedTime(last) < _pause)
        {
            return false;
        }

        _last = clock.GetTimestamp();
        return true;
    }
}

/// <summary>Marks the link's own scopes: what is ordered in them no request waits for.</summary>
internal sealed class LinkScope
{
    /// <summary>True in a scope that the link opened.</summary>
    public bool IsLinks { get; set; }
}
