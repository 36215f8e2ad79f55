using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;

namespace Nico.Hardware.Machines;

/// <summary>Machines counted by status. Those being cleaned or taken away for good are in the total only.</summary>
public sealed record MachineStatusBreakdown
{
    /// <summary>All of them.</summary>
    public int Total { get; init; }

    /// <summary>Being discovered, tested or prepared.</summary>
    public int Initializing { get; init; }

    /// <summary>Free and healthy.</summary>
    public int Ready { get; init; }

    /// <summary>Carrying an instance.</summary>
    public int InUse { get; init; }

    /// <summary>Faulty, or no longer reported by their site.</summary>
    public int Error { get; init; }

    /// <summary>Taken out of service.</summary>
    public int Maintenance { get; init; }

    /// <summary>In a state that means nothing to Nico.</summary>
    public int Unknown { get; init; }

    /// <summary>Counts by status as a breakdown.</summary>
    internal static MachineStatusBreakdown Of(IEnumerable<(MachineStatus Status, int Machines)> counts)
    {
        var all = counts.ToLookup(count => count.Status, count => count.Machines);
        return new MachineStatusBreakdown
        {
            Total = all.Sum(group => group.Sum()),
            Initializing = all[MachineStatus.Initializing].Sum(),
            Ready = all[MachineStatus.Ready].Sum(),
            InUse = all[MachineStatus.InUse].Sum(),
            Error = all[MachineStatus.Error].Sum(),
            Maintenance = all[MachineStatus.Maintenance].Sum(),
            Unknown = all[MachineStatus.Unknown].Sum(),
        };
    }
}

/// <summary>What the statistics of a site have in common. Source: spec/41-machine.md, section 10.</summary>
internal static class SiteStatistics
{
    /// <summary>The site, if it is the caller's provider's: 404 without a provider, 400 for any other site.</summary>
    public static async Task<Guid> RequireOwnSite(this ActingAs acting, ISites sites, Guid siteId, CancellationToken ct)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, ct);
        await sites.RequireOwn(siteId, providerId, "siteId", ct);
        return siteId;
    }
}
