using Nico.SharedKernel.Fields;

namespace Nico.SiteLink;

/// <summary>In what way a site's objects and Nico's differ.</summary>
public enum DriftReason
{
    /// <summary>Nico does not have it.</summary>
    Unknown,

    /// <summary>Another site has it.</summary>
    Elsewhere,

    /// <summary>The site has something else, and keeps it although it was told what it should be.</summary>
    Differs,

    /// <summary>Some of it made no sense and was left out; the rest counts.</summary>
    LeftOut,

    /// <summary>It is too large to be read.</summary>
    TooLarge,

    /// <summary>Its bytes make no sense.</summary>
    Unreadable,

    /// <summary>It could not be written down.</summary>
    Failed,

    /// <summary>The site lists it and does not tell of it.</summary>
    NotDelivered,

    /// <summary>There are more of its kind than the site may have.</summary>
    TooMany,

    /// <summary>What the site lists in its place is no id.</summary>
    NoId,
}

/// <summary>An object about which a site and Nico do not agree, as it is shown to operators until that is over.</summary>
/// <param name="Id">Its id at the site.</param>
/// <param name="Reason">In what way.</param>
/// <param name="Detail">In words.</param>
/// <param name="Owner">The site that has it, where another one reports it: there it is shown too.</param>
public sealed record Drift(string Id, DriftReason Reason, string Detail, Guid? Owner = null)
{
    /// <summary>Nico does not have it; <paramref name="what"/> it is, as far as its site says.</summary>
    public static Drift Unknown(string id, string? what = null) =>
        new(id, DriftReason.Unknown, what is null ? "Nico does not have it" : $"Nico does not have it: {Text.Printable(what, SiteText.Longest / 2)}");

    /// <summary>Another site has it.</summary>
    public static Drift Elsewhere(string id, Guid owner) => new(id, DriftReason.Elsewhere, "Another site has it", owner);

    /// <summary>It is other than it should be.</summary>
    public static Drift Differs(string id, string detail = "The site keeps another name, description or labels") => new(id, DriftReason.Differs, detail);

    /// <summary>There are too many.</summary>
    public static Drift TooMany(string id, int most) => new(id, DriftReason.TooMany, $"A site may have {most} of this kind");
}
