using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;
using Nico.SiteLink.Inventory;
using Nico.SiteLink.Operations;

namespace Nico.SiteLink;

/// <summary>How the link behaves: the configuration section <c>SiteLink</c>.</summary>
public sealed class SiteLinkOptions : ICheckedOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "SiteLink";

    /// <summary>How long a request waits for the word of its site before it answers with the resource as it stands. Default 5 s.</summary>
    public TimeSpan RequestWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time from one inventory round of a site to the next, from start to start. Default 10 s.</summary>
    public TimeSpan InventoryPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an object that its site reports unchanged may go without being compared with its row again. Default: the time of twelve
    /// rounds or somewhat more, which is twelve times <see cref="InventoryPeriod"/> where a round is done in half of that.
    /// </summary>
    public TimeSpan? FullInventoryPeriod { get; set; }

    /// <summary>Deadline of one call to a site. Default 15 s.</summary>
    public TimeSpan CallDeadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a command, or a site's inventory, stays with a process that gives no sign of life. Default 10 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most commands that one process carries at the same time. Default 64.</summary>
    public int MaxCalls { get; set; } = 64;

    /// <summary>Most commands that one process carries to one site at the same time. Default 16.</summary>
    public int MaxCallsPerSite { get; set; } = 16;

    /// <summary>
    /// How long after a deletion was done an object may be reported by its site before it is deleted there again; doubles with each time,
    /// up to 64 times as long. Default 1 min.
    /// </summary>
    public TimeSpan DeleteAgain { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest pause after a command's first failed attempt; it doubles with each further one. Default 1 s.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause between two attempts. Default 60 s.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Pause before a site that does not answer is asked for the first time whether it is back; it doubles. Default 5 s.</summary>
    public TimeSpan FirstProbe { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause between two such questions. Default 30 s.</summary>
    public TimeSpan LongestProbe { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a process looks for commands that other processes left, and for sites that were connected elsewhere. Default 1 s.</summary>
    public TimeSpan Look { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often certificate files are looked at for a change. Default 3 s.</summary>
    public TimeSpan CertificateCheck { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Longest answer of a controller, in bytes. Lists that are longer are read in smaller chunks; an object that is longer by itself is passed
    /// over. Default 16 MiB.
    /// </summary>
    public int MaxMessage { get; set; } = 16 * 1024 * 1024;

    /// <summary>Most machines that a site may report; further ones are counted and not kept. Default 25,000.</summary>
    public int MaxMachines { get; set; } = 25_000;

    /// <summary>The same of each other kind. Default 10,000.</summary>
    public int MaxObjects { get; set; } = 10_000;

    /// <summary>
    /// So many objects of a kind, and more than <see cref="VanishedPercent"/> of them, may be missing at once; of more it is believed a round later
    /// that they are gone, of machines when an operator says so. Default 10.
    /// </summary>
    public int VanishedObjects { get; set; } = 10;

    /// <summary>See <see cref="VanishedObjects"/>. Default 20.</summary>
    public int VanishedPercent { get; set; } = 20;

    /// <summary>True to connect to controllers whose certificates have keys that are too short, or signatures that can be forged. Default false.</summary>
    public bool AllowWeakCertificates { get; set; }

    /// <summary>How long what Nico knows from reports alone is kept once its site reports it no more. Default 7 days.</summary>
    public TimeSpan KeepGone { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long commands that went well are kept. Default 1 day.</summary>
    public TimeSpan KeepDone { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Networks that controllers may be in; null for all but those that are never a controller's.</summary>
    public IReadOnlyList<System.Net.IPNetwork>? ControllerNetworks { get; set; }

    /// <summary>Controllers that the configuration names, which may be anywhere but there; each by <see cref="EndpointOf"/>.</summary>
    public ISet<string> ConfiguredControllers { get; } = new HashSet<string>();

    /// <summary>Ports that this process itself listens on: no controller is there.</summary>
    public Func<IReadOnlyCollection<int>> OwnPorts { get; set; } = () => [];

    /// <summary>Host and port of a controller's address, whatever its spelling.</summary>
    public static string EndpointOf(Uri core) => ControllerAddresses.Endpoint(core);

    /// <summary>That time, when the last round took <paramref name="round"/>: by steps, since objects' own times follow from it.</summary>
    internal TimeSpan FullInventory(TimeSpan round) =>
        FullInventoryPeriod ?? InventoryPeriod * 12 * Math.Pow(2, Math.Ceiling(Math.Log2(Math.Max(round * 2 / InventoryPeriod, 1))));

    /// <inheritdoc/>
    public IEnumerable<string> Wrong() =>
    [
        .. CheckedOptions.Outside(
            Section,
            CheckedOptions.Shortest,
            TimeSpan.FromDays(7),
            (nameof(InventoryPeriod), InventoryPeriod),
            (nameof(FullInventoryPeriod), FullInventoryPeriod ?? InventoryPeriod),
            (nameof(CallDeadline), CallDeadline),
            (nameof(Lease), Lease),
            (nameof(FirstPause), FirstPause),
            (nameof(LongestPause), LongestPause),
            (nameof(FirstProbe), FirstProbe),
            (nameof(LongestProbe), LongestProbe),
            (nameof(Look), Look),
            (nameof(CertificateCheck), CertificateCheck),
            (nameof(DeleteAgain), DeleteAgain)),
        .. CheckedOptions.Outside(Section, TimeSpan.Zero, TimeSpan.FromDays(7), (nameof(RequestWait), RequestWait)),
        .. CheckedOptions.Outside(Section, CheckedOptions.Shortest, TimeSpan.MaxValue, (nameof(KeepDone), KeepDone), (nameof(KeepGone), KeepGone)),
        .. CheckedOptions.Outside(
            Section,
            1,
            int.MaxValue,
            (nameof(MaxCalls), MaxCalls),
            (nameof(MaxCallsPerSite), MaxCallsPerSite),
            (nameof(MaxMachines), MaxMachines),
            (nameof(MaxObjects), MaxObjects)),
        .. CheckedOptions.Outside(Section, 0, int.MaxValue, (nameof(VanishedObjects), VanishedObjects)),
        .. CheckedOptions.Outside(Section, 0, 100, (nameof(VanishedPercent), VanishedPercent)),
        .. CheckedOptions.Outside(Section, 64 * 1024, int.MaxValue, (nameof(MaxMessage), MaxMessage)),
    ];
}

/// <summary>Registers the link.</summary>
public static class SiteLinkServices
{
    /// <summary>Registers commands, connections, the dispatcher and the inventory loop.</summary>
    public static IServiceCollection AddSiteLink(this IServiceCollection services, Action<SiteLinkOptions> configure)
    {
        DapperTypes.Register();
        services.AddOptions<SiteLinkOptions>()
            .Configure(configure)
            .Checked();
        return services
            .AddSingleton(ConnectionRow.Key)
            .AddSingleton<Telemetry>()
            .AddSingleton<Pulse>()
            .AddSingleton<ControllerAddresses>()
            .AddSingleton<Identities>()
            .AddSingleton<Sites>()
            .AddSingleton<CommandQueue>()
            .AddSingleton<WaitingRequests>()
            .AddSingleton<Carrier>()
            .AddSingleton<Flights>()
            .AddSingleton<PollTurns>()
            .AddSingleton<Notices>()
            .AddSingleton<ChunkReader>()
            .AddSingleton<Removals>()
            .AddSingleton<InventoryRound>()
            .AddScoped<LinkScope>()
            .AddScoped<ISiteCommands, SiteCommands>()
            .AddScoped<ISiteConnections, SiteConnections>()
            .AddScoped<ISiteFabrics, SiteFabrics>()
            .AddScoped<ISiteCommandLog, SiteCommandLog>()
            .AddScoped<SiteOverview>()
            .AddScoped<SiteAcceptance>()
            .AddScoped<DriftResolution>()
            .AddScoped<ISiteReadings, SiteOverview>()
            .AddHostedService(provider => provider.GetRequiredService<Sites>())
            .AddHostedService<Dispatcher>()
            .AddHostedService<InventoryLoop>()
            .AddHostedService<Housekeeping>();
    }
}
