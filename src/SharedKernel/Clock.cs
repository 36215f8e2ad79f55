namespace Nico.SharedKernel;

/// <summary>Time as the database keeps it.</summary>
public static class Clock
{
    /// <summary>Now, UTC, cut to the microseconds that <c>timestamptz</c> can hold, so that what is answered is what is stored.</summary>
    public static DateTime Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
