using Microsoft.Extensions.DependencyInjection;

namespace Nico.SiteLink;

/// <summary>How the link behaves: the configuration section <c>SiteLink</c>.</summary>
public sealed class SiteLinkOptions
{
    /// <summary>How long a request waits for the word of its site before it answers with the resource as it stands. Default 5 s.</summary>
    public TimeSpan RequestWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time from one inventory round of a site to the next. Default 10 s.</summary>
    public TimeSpan InventoryPeriod { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>Registers the link.</summary>
public static class SiteLinkServices
{
    /// <summary>Registers commands, connections, the dispatcher and the inventory loop.</summary>
    public static IServiceCollection AddSiteLink(this IServiceCollection services, Action<SiteLinkOptions> configure) =>
        services.Configure(configure);
}
