using Nico.SharedKernel.Limits;

namespace Nico.Hardware.Contracts;

/// <summary>What is wrong with a machine.</summary>
public sealed record MachineHealthIssue
{
    /// <summary>What kind of fault it is.</summary>
    public MachineHealthIssueCategory? Category { get; init; }

    /// <summary>The fault in a line, at most 512 characters.</summary>
    [Bound(Bytes = 2048)]
    public string? Summary { get; init; }

    /// <summary>More about it, at most 8192 characters.</summary>
    [Bound(Bytes = 32768)]
    public string? Details { get; init; }
}

/// <summary>Kinds of faults of a machine.</summary>
public enum MachineHealthIssueCategory
{
    /// <summary>A part is broken.</summary>
    Hardware,

    /// <summary>The network fails.</summary>
    Network,

    /// <summary>It is too slow.</summary>
    Performance,

    /// <summary>A disk fails; told to the site as Other.</summary>
    Storage,

    /// <summary>Firmware or drivers fail; told to the site as Other.</summary>
    Software,

    /// <summary>Something else.</summary>
    Other,
}
