using Nico.SharedKernel.Data;

namespace Nico.SharedKernel.Retention;

/// <summary>Entries that are kept for a limited time.</summary>
public interface IRetained
{
    /// <summary>What they are, for metrics.</summary>
    string Name { get; }

    /// <summary>How long they are kept; nothing for ever.</summary>
    TimeSpan Limit(RetentionOptions options);

    /// <summary>Removes some of what is older than <paramref name="before"/>, going on after <paramref name="after"/>; looks at no more than <paramref name="most"/>.</summary>
    Task<RetainedBatch> Remove(Db db, DateTime before, RetainedPlace after, int most, CancellationToken ct);
}

/// <summary>How far a search for what is too old has come: the time and the id of the last entry that it looked at.</summary>
public readonly record struct RetainedPlace(DateTime Time, Guid Id);

/// <summary>What one batch did.</summary>
public sealed record RetainedBatch
{
    /// <summary>Entries that it looked at.</summary>
    public int Looked { get; init; }

    /// <summary>Entries that it removed.</summary>
    public int Removed { get; init; }

    /// <summary>Time of the last that it looked at; null when there was none.</summary>
    public DateTime? LastTime { get; init; }

    /// <summary>Id of that.</summary>
    public Guid? LastId { get; init; }
}
