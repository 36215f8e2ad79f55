namespace Nico.SharedKernel.Limits;

/// <summary>Whether the present request counts as being at work, where orgs share the process.</summary>
public sealed class AtWork
{
    private Action? _rest;

    /// <summary>The request is at work from here on; <paramref name="rest"/> is called when it only waits.</summary>
    public void Begin(Action rest) => _rest = rest;

    /// <summary>From here on the request waits for others (its site) and holds nobody up.</summary>
    public void Rest() => Interlocked.Exchange(ref _rest, null)?.Invoke();
}
