namespace Nico.SiteLink.Commands;

/// <summary>A row of sitelink.command, as the one who carries it needs it.</summary>
internal sealed record CommandRow
{
    public required Guid Id { get; init; }

    public Guid SiteId { get; init; }

    public required string Kind { get; init; }

    public required string ResourceId { get; init; }

    public SiteOperation Operation { get; init; }

    public string? Arguments { get; init; }

    public string[] AfterKinds { get; init; } = [];

    public string[] AfterIds { get; init; } = [];

    /// <summary>False when there is nobody to tell: the site never heard of the resource.</summary>
    public bool NeedsSite { get; init; }

    /// <summary>How often it was taken up, this time included. With the holder it tells this attempt from every other.</summary>
    public int Attempts { get; init; }

    /// <summary>Attempts that count towards giving up.</summary>
    public int Strikes { get; init; }

    /// <summary>True when an earlier attempt may have had its effect.</summary>
    public bool Unsure { get; init; }

    /// <summary>How often it was opened again after it was done: a deletion whose object the site still reported.</summary>
    public int Repeats { get; init; }

    public SiteCommand ToCommand() => new()
    {
        SiteId = SiteId,
        Kind = Kind,
        ResourceId = ResourceId,
        Operation = Operation,
        Arguments = Arguments,
        After = [.. AfterKinds.Zip(AfterIds)],
    };
}

/// <summary>A command of a lane that is not closed.</summary>
internal sealed record OpenCommand
{
    public required Guid Id { get; init; }

    public SiteOperation Operation { get; init; }

    /// <summary>True when no attempt at it can have reached the site.</summary>
    public bool IsUnsent { get; init; }
}

/// <summary>How a command ended.</summary>
internal enum Outcome
{
    /// <summary>The site did it.</summary>
    Accepted,

    /// <summary>The site's answer was lost or unclear, but a look showed that it is done.</summary>
    Found,

    /// <summary>There was nothing left to send.</summary>
    NothingToSend,

    /// <summary>The site never knew the resource.</summary>
    NeverSent,

    /// <summary>A later command took its place.</summary>
    Replaced,

    /// <summary>The site refused it.</summary>
    Refused,

    /// <summary>It failed too often.</summary>
    GivenUp,
}
