using Nico.SiteLink;

namespace Nico.Hardware;

/// <summary>How sites are kept an eye on: the configuration section <c>Hardware</c>.</summary>
public sealed class HardwareOptions
{
    /// <summary>The silence that is allowed at the least when <see cref="SilenceLimit"/> is left to the inventory period.</summary>
    private static readonly TimeSpan _shortestLimit = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a Registered site may be silent before it is in Error. Left out, it is five inventory periods, at least 15 s:
    /// 50 s with the default period of 10 s, 15 min with one of 3 min. A site so large that a round takes minutes needs more.
    /// </summary>
    public TimeSpan? SilenceLimit { get; set; }

    /// <summary>Time from one look at all sites to the next. Left out, it is a fifth of the limit, at most 1 min.</summary>
    public TimeSpan? MonitorPeriod { get; set; }

    /// <summary>How long a new site's registration token can be used. Default 24 h.</summary>
    public TimeSpan RegistrationTokenLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The limit that holds with this inventory period.</summary>
    public TimeSpan LimitFor(SiteLinkOptions link)
    {
        var five = link.InventoryPeriod * 5;
        return SilenceLimit ?? (five > _shortestLimit ? five : _shortestLimit);
    }

    /// <summary>The period that holds with this inventory period.</summary>
    public TimeSpan PeriodFor(SiteLinkOptions link)
    {
        var fifth = LimitFor(link) / 5;
        return MonitorPeriod ?? (fifth < TimeSpan.FromMinutes(1) ? fifth : TimeSpan.FromMinutes(1));
    }
}
