namespace Nico.SiteLink;

/// <summary>Where a command stands.</summary>
public enum SiteCommandState
{
    /// <summary>Waits: for its turn, or for the pause after a failed attempt to end.</summary>
    Pending,

    /// <summary>Is on its way.</summary>
    Sending,

    /// <summary>Is over.</summary>
    Done,

    /// <summary>Failed for good; an operator may have it tried again.</summary>
    Dead,
}

/// <summary>A command, as an operator sees it. What travels with it is not shown: it may be secret.</summary>
public sealed record SiteCommandEntry
{
    /// <summary>Id of the command.</summary>
    public required Guid Id { get; init; }

    /// <summary>The site.</summary>
    public Guid SiteId { get; init; }

    /// <summary>Kind of the resource.</summary>
    public required string Kind { get; init; }

    /// <summary>Id of the resource.</summary>
    public required string ResourceId { get; init; }

    /// <summary>What is to be done to it.</summary>
    public SiteOperation Operation { get; init; }

    /// <summary>Where it stands.</summary>
    public SiteCommandState State { get; init; }

    /// <summary>How it ended: Accepted, Found, NothingToSend, NeverSent, Replaced, Refused or GivenUp; null while it is open.</summary>
    public string? Outcome { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>The gRPC code, or the kind of failure, of the last attempt that failed.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>What the site said, or what went wrong, then.</summary>
    public string? Error { get; init; }

    /// <summary>When it was ordered.</summary>
    public DateTime Created { get; init; }

    /// <summary>When the last attempt began.</summary>
    public DateTime? Sent { get; init; }

    /// <summary>When the next attempt is due, or the lease of the present one ends; null when it is over.</summary>
    public DateTime? Due { get; init; }

    /// <summary>When it ended.</summary>
    public DateTime? Closed { get; init; }
}

/// <summary>Which commands are asked for.</summary>
public sealed record SiteCommandQuery
{
    /// <summary>Only those in this state.</summary>
    public SiteCommandState? State { get; init; }

    /// <summary>Only those to this site.</summary>
    public Guid? SiteId { get; init; }

    /// <summary>At most this many, from 1 to 200.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>Only those that were ordered before this one: the last of the page before.</summary>
    public Guid? After { get; init; }
}

/// <summary>How many commands to a site are in a state.</summary>
public sealed record SiteCommandCount
{
    /// <summary>The site.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The state: Pending, Sending or Dead.</summary>
    public SiteCommandState State { get; init; }

    /// <summary>How many.</summary>
    public long Count { get; init; }
}

/// <summary>The operator's view of the commands to sites.</summary>
public interface ISiteCommandLog
{
    /// <summary>Commands, newest first.</summary>
    Task<IReadOnlyList<SiteCommandEntry>> List(SiteCommandQuery query, CancellationToken ct);

    /// <summary>The command; null when there is none.</summary>
    Task<SiteCommandEntry?> Find(Guid id, CancellationToken ct);

    /// <summary>How many commands are not done, by site and state.</summary>
    Task<IReadOnlyList<SiteCommandCount>> Counts(CancellationToken ct);

    /// <summary>
    /// Has a dead command tried again, in the place in its lane that it had. Throws a <see cref="SharedKernel.Problem"/>: 404
    /// when there is no such command, 409 when it is not dead or its resource cannot be put back.
    /// </summary>
    Task<SiteCommandEntry> Retry(Guid id, CancellationToken ct);
}
