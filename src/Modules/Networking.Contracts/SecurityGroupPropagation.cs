namespace Nico.Networking.Contracts;

/// <summary>How far a security group's rules have got.</summary>
public sealed record NetworkSecurityGroupPropagationDetails
{
    /// <summary>Id of the VPC or the instance whose rules these are.</summary>
    public Guid Id { get; init; }

    /// <summary>How many of the instances concerned have the rules.</summary>
    public PropagationExtent DetailedStatus { get; init; }

    /// <summary>The same in short.</summary>
    public NetworkSecurityGroupPropagationStatus Status { get; init; }

    /// <summary>The site's own words.</summary>
    public string? Details { get; init; }

    /// <summary>Instances that do not have the rules yet.</summary>
    public IReadOnlyList<Guid> UnpropagatedInstanceIds { get; init; } = [];

    /// <summary>Instances that are concerned.</summary>
    public IReadOnlyList<Guid> RelatedInstanceIds { get; init; } = [];
}

/// <summary>How many of the instances concerned have a security group's rules.</summary>
public enum PropagationExtent
{
    /// <summary>None.</summary>
    None,

    /// <summary>Some.</summary>
    Partial,

    /// <summary>All.</summary>
    Full,

    /// <summary>The site does not know.</summary>
    Unknown,

    /// <summary>It failed.</summary>
    Error,
}

/// <summary>Whether a security group's rules are in force.</summary>
public enum NetworkSecurityGroupPropagationStatus
{
    /// <summary>On the way.</summary>
    Synchronizing,

    /// <summary>Everywhere.</summary>
    Synchronized,

    /// <summary>It failed, or nobody knows.</summary>
    Error,
}
