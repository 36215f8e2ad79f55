namespace Nico.Identity;

/// <summary>Resources of a network by status: IP blocks, VPCs and subnets have the same.</summary>
public abstract record NetworkCountByStatus
{
    /// <summary>All of them.</summary>
    public int Total { get; init; }

    /// <summary>Accepted.</summary>
    public int Pending { get; init; }

    /// <summary>Being made.</summary>
    public int Provisioning { get; init; }

    /// <summary>In use.</summary>
    public int Ready { get; init; }

    /// <summary>Being deleted.</summary>
    public int Deleting { get; init; }

    /// <summary>Failed.</summary>
    public int Error { get; init; }

    internal static T Of<T>(IReadOnlyDictionary<string, int> counts)
        where T : NetworkCountByStatus, new() => new()
        {
            Total = counts.Values.Sum(),
            Pending = counts.GetValueOrDefault("Pending"),
            Provisioning = counts.GetValueOrDefault("Provisioning"),
            Ready = counts.GetValueOrDefault("Ready"),
            Deleting = counts.GetValueOrDefault("Deleting"),
            Error = counts.GetValueOrDefault("Error"),
        };
}
