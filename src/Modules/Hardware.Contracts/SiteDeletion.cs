using MediatR;

namespace Nico.Hardware.Contracts;

/// <summary>
/// What a module keeps of sites. Once a site is deleted it is asked to remove its rows, again and again until none are left and
/// no late writer can come any more.
/// </summary>
public interface ISiteLeftovers
{
    /// <summary>Removes at most about <paramref name="most"/> rows of the deleted site, in the scope's transaction; how many there were.</summary>
    Task<int> Remove(Guid siteId, int most, CancellationToken ct);
}

/// <summary>Routed networks are about to be taken away from a site: who has one there vetoes with a 400.</summary>
public sealed record NativeNetworkingEnding(Guid SiteId) : INotification;
