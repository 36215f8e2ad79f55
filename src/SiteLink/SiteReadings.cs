namespace Nico.SiteLink;

/// <summary>A kind of a site's objects that cannot be read, or not all of it.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Since">Since when.</param>
/// <param name="Rounds">In how many rounds in a row.</param>
/// <param name="Reason">Why.</param>
public sealed record UnreadKind(Guid SiteId, string Kind, DateTime Since, int Rounds, string Reason);

/// <summary>How far the link can read its sites.</summary>
public interface ISiteReadings
{
    /// <summary>What cannot be read.</summary>
    Task<IReadOnlyList<UnreadKind>> Unread(CancellationToken ct);
}
