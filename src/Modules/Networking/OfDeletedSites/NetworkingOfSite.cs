using MediatR;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.OfDeletedSites;

/// <summary>What this module keeps of a site, and what keeps a site's routed networks.</summary>
internal sealed class NetworkingOfSite(Db db) : ISiteLeftovers, INotificationHandler<NativeNetworkingEnding>
{
    private static readonly (string Sql, StatusHistory? History)[] _order =
    [
        ("RemoveSubnets", NetworkingModule.SubnetHistory),
        ("RemoveVpcPrefixes", NetworkingModule.VpcPrefixHistory),
        ("RemoveVpcs", NetworkingModule.VpcHistory),
        ("RemoveCarvings", null),
        ("RemoveOccupiedRanges", null),
        ("RemoveUnknownVpcs", null),
        ("RemoveDerivedBlocks", NetworkingModule.IpBlockHistory),
        ("RemoveBlocks", NetworkingModule.IpBlockHistory),
    ];

    public async Task<int> Remove(Guid siteId, int most, CancellationToken ct)
    {
        // Each kind only once nothing of the kinds before it is left: those refer to it.
        foreach (var (sql, history) in _order)
        {
            var removed = await db.Many<Guid>(Sql.Of<NetworkingOfSite>(sql), new { siteId, most }, ct);
            if (removed.Count > 0)
            {
                await (history?.Forget(db, [.. removed.Cast<object>()], ct) ?? Task.CompletedTask);
                return removed.Count;
            }
        }

        return 0;
    }

    public async Task Handle(NativeNetworkingEnding notification, CancellationToken cancellationToken)
    {
        if (await db.One<bool>(Sql.Of<NetworkingOfSite>("HasRoutedVpcs"), notification, cancellationToken))
        {
            throw Problem.Invalid("capabilities", $"nativeNetworking cannot be taken away: site {notification.SiteId} has VPCs of type FNN");
        }
    }
}
