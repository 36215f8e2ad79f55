using System.Collections.Concurrent;
using Nico.SharedKernel;

namespace Nico.SiteLink.Commands;

/// <summary>The requests of this process that wait for what becomes of their commands.</summary>
internal sealed class WaitingRequests
{
    private readonly ConcurrentDictionary<Guid, WaitingRequest> _waiting = [];

    /// <summary>The request that waits for the command; null when none does.</summary>
    public WaitingRequest? For(Guid commandId) => _waiting.GetValueOrDefault(commandId);

    /// <summary>A request waits from now until <paramref name="deadline"/>.</summary>
    public WaitingRequest Wait(Guid commandId, DateTime deadline) => _waiting[commandId] = new WaitingRequest(deadline);

    /// <summary>The request waits no longer.</summary>
    public void End(Guid commandId) => _waiting.TryRemove(commandId, out _);
}

/// <summary>
/// One request that waits. Whether it goes on without an answer, or hears of a refusal that is then undone without trace, is
/// decided once: by whoever comes first.
/// </summary>
internal sealed class WaitingRequest(DateTime deadline)
{
    private const int Waits = 0;
    private const int IsBeingRefused = 1;
    private const int Left = 2;

    private readonly TaskCompletionSource<Problem?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waits;

    /// <summary>Until when it waits.</summary>
    public DateTime Deadline { get; } = deadline;

    /// <summary>What the request is to answer with: a refusal, or null to answer with the resource as it stands.</summary>
    public Task<Problem?> Answer => _answer.Task;

    /// <summary>True when the request will hear of the refusal that is about to be recorded.</summary>
    public bool Hold() => Interlocked.CompareExchange(ref _state, IsBeingRefused, Waits) == Waits;

    /// <summary>True when the request may go on; false when a refusal is just being recorded, for which it must wait.</summary>
    public bool Leave() => Interlocked.CompareExchange(ref _state, Left, Waits) != IsBeingRefused;

    /// <summary>The refusal is recorded.</summary>
    public void Refuse(Problem problem) => _answer.TrySetResult(problem);

    /// <summary>There is nothing to wait for any more.</summary>
    public void GoOn()
    {
        Interlocked.Exchange(ref _state, Left);
        _answer.TrySetResult(null);
    }
}
