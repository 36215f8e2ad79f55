using System.Text.Json.Serialization;
using Nico.SiteLink.Commands;

namespace Nico.SiteLink.Operations;

/// <summary>An object about which a site and Nico do not agree, and what an operator can do about it.</summary>
internal sealed record DriftItem
{
    /// <summary>The site.</summary>
    public Guid SiteId { get; init; }

    /// <summary>Kind of the object.</summary>
    public required string Kind { get; init; }

    /// <summary>Its id at the site.</summary>
    public required string Id { get; init; }

    /// <summary>In what way.</summary>
    public DriftReason Reason { get; init; }

    /// <summary>In words.</summary>
    public string? Detail { get; init; }

    /// <summary>The site that has it, where another one reports it.</summary>
    public Guid? Owner { get; init; }

    /// <summary>Since when.</summary>
    public DateTime? Since { get; init; }

    /// <summary>Where its removal stands; null when none was ordered.</summary>
    public SiteCommandState? Removal { get; init; }

    /// <summary>What the site last said to its removal, where it did not take it.</summary>
    public string? RemovalError { get; init; }

    /// <summary>True when it may be made Nico's own, unless something that it needs is missing.</summary>
    public bool CanAdopt { get; init; }

    /// <summary>True when it may be removed from the site.</summary>
    public bool CanRemove { get; init; }

    /// <summary>Why it can be neither, or not both.</summary>
    public string? Why { get; init; }

    [JsonIgnore]
    public Outcome? RemovalOutcome { get; init; }

    [JsonIgnore]
    public int RemovalRepeats { get; init; }

    /// <summary>True once the site was told to remove it, or will be: then it is on its way out.</summary>
    [JsonIgnore]
    public bool IsBeingRemoved => Removal is SiteCommandState.Pending or SiteCommandState.Sending
        || (Removal == SiteCommandState.Done && (RemovalRepeats > 0 || RemovalOutcome is Outcome.Accepted or Outcome.Found));

    /// <summary>The same with what can be done about it. <paramref name="isKnownKind"/>: there is an adoption of its kind.</summary>
    public DriftItem Weighed(bool isKnownKind)
    {
        var why = Why(isKnownKind);
        return this with
        {
            CanAdopt = isKnownKind && Reason == DriftReason.Unknown && !IsBeingRemoved,
            CanRemove = isKnownKind && Reason is DriftReason.Unknown or DriftReason.TooLarge or DriftReason.Unreadable or DriftReason.NotDelivered,
            Why = why,
        };

        string? Why(bool known) => Reason switch
        {
            DriftReason.Elsewhere => "Another site has it: remove it at one of the two controllers",
            DriftReason.Differs => "It is Nico's own: change or delete it by the API",
            DriftReason.LeftOut or DriftReason.Failed => "It is Nico's own, or will be once it makes sense",
            DriftReason.TooMany => "The site has too many of them: remove some at its controller, or raise SiteLink:MaxObjects or SiteLink:MaxMachines",
            DriftReason.NoId => "It has no id by which it could be named",
            _ when !known => $"A site cannot be told to remove a {Kind}, and there is nothing to be adopted",
            DriftReason.Unknown => IsBeingRemoved ? "It is being removed" : null,
            _ => "It cannot be adopted, for it cannot be read",
        };
    }
}

/// <summary>Which drift is asked for.</summary>
internal sealed record DriftQuery
{
    /// <summary>Only that of this site.</summary>
    public Guid? SiteId { get; init; }

    /// <summary>Only of this kind.</summary>
    public string? Kind { get; init; }

    /// <summary>At most this many, from 1 to 200.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>Only what comes after this: <c>siteId/kind/id</c>, the last of the page before.</summary>
    public string? After { get; init; }
}

/// <summary>What became of an order about drift.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Kind">Kind of the object.</param>
/// <param name="Id">Its id.</param>
/// <param name="Outcome">In a word.</param>
internal sealed record DriftAnswer(Guid SiteId, string Kind, string Id, DriftOutcome Outcome);

/// <summary>What became of it.</summary>
internal enum DriftOutcome
{
    /// <summary>It is Nico's own now.</summary>
    Adopted,

    /// <summary>It was Nico's own before.</summary>
    AlreadyKnown,

    /// <summary>The site has been told to remove it, or will be.</summary>
    BeingRemoved,
}
