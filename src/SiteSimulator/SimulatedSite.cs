using Microsoft.Extensions.Logging;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Core;
using Nico.SiteSimulator.Serving;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator;

/// <summary>
/// A site controller with simulated hardware, serving <c>forge.Forge</c> over gRPC on the loopback interface.
/// What it shows follows from its name, its layout, the clock, and what it was told.
/// </summary>
public sealed partial class SimulatedSite : IAsyncDisposable
{
    private readonly Controller _site;
    private readonly CallLog _calls;
    private readonly SiteServer _server;
    private bool _over;

    private SimulatedSite(Controller site, CallLog calls, SiteServer server)
    {
        _site = site;
        _calls = calls;
        _server = server;
    }

    /// <summary>Where the gRPC service is: <c>http://127.0.0.1:port</c>, or <c>https</c> with a server certificate.</summary>
    public Uri Core => _server.Core;

    /// <summary>Where the control endpoint is; null when it was left out.</summary>
    public Uri? Control => _server.Control;

    /// <summary>The bearer token that the control endpoint asks for; with a state folder it is in its file <c>control-token</c>.</summary>
    public string ControlToken => _server.ControlToken;

    /// <summary>What goes wrong on purpose.</summary>
    public FaultPlan Faults => _site.Faults;

    /// <summary>Ids of all hosts, rack by rack, lost ones included.</summary>
    public IReadOnlyList<string> MachineIds => [.. _site.World.Hosts.Select(host => host.Id)];

    /// <summary>Ids of the hosts that an instance could be allocated on now.</summary>
    public IReadOnlyList<string> FreeMachineIds => Look(() => (IReadOnlyList<string>)[.. _site.World.Hosts.Select(host => host.Id).Where(_site.Machines.IsFree)]);

    /// <summary>How many hosts are in which state, by the state's first word: <c>Ready</c>, <c>Assigned</c>, ...</summary>
    public IReadOnlyDictionary<string, int> MachinesByState => Look(() =>
        (IReadOnlyDictionary<string, int>)_site.Machines.States().CountBy(state => state).ToDictionary());

    public IReadOnlyList<Tenant> Tenants => All(_site.State.Tenants, _site.Tenants.Show);

    public IReadOnlyList<Vpc> Vpcs => All(_site.State.Vpcs, Nico.SiteSimulator.Core.Vpcs.Show);

    public IReadOnlyList<VpcPrefix> VpcPrefixes => All(_site.State.Prefixes, _site.Prefixes.Show);

    public IReadOnlyList<NetworkSegment> Segments => All(_site.State.Segments, segment => _site.Segments.Show(segment, history: true, free: true));

    public IReadOnlyList<Instance> Instances => All(_site.State.Instances, _site.Instances.Show);

    public IReadOnlyList<InstanceType> InstanceTypes => All(_site.State.InstanceTypes, Nico.SiteSimulator.Core.InstanceTypes.Show);

    public IReadOnlyList<OsImage> OsImages => All(_site.State.Images, Nico.SiteSimulator.Core.OsImages.Show);

    /// <summary>How often the site carried out each RPC since its start, whatever became of the answer.</summary>
    public IReadOnlyDictionary<string, int> AcceptedCalls => _calls.AcceptedCalls;

    /// <summary>How often the site carried out a call that the network delivered once more (<see cref="FaultKind.Duplicate"/>), beside the first time.</summary>
    public IReadOnlyDictionary<string, int> RepeatedCalls => _calls.RepeatedCalls;

    /// <summary>How often each RPC arrived since the site's start and came to an end, however it did.</summary>
    public IReadOnlyDictionary<string, int> ReceivedCalls => _calls.ReceivedCalls;

    /// <summary>The last 500 calls, oldest first.</summary>
    public IReadOnlyList<Call> Calls => _calls.Last;

    /// <summary>Builds the site, or takes up what its state folder holds, and serves it.</summary>
    /// <exception cref="InvalidOperationException">The state folder is in use, or holds another site.</exception>
    public static async Task<SimulatedSite> Start(SimulatorOptions options, TimeProvider clock, ILoggerFactory logs, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logs);
        var logger = logs.CreateLogger("Nico.SiteSimulator");
        var site = new Controller(options, clock, logger);
        try
        {
            var calls = new CallLog(clock);
            var server = await SiteServer.Start(site, calls, logs, ct);
            Serving(logger, options.SiteName, site.World.Hosts.Count, server.Core, server.Control, options.Speed);
            if (site.Faults.Count > 0)
            {
                FaultsInForce(logger, options.SiteName, site.Faults.Count);
            }

            return new SimulatedSite(site, calls, server);
        }
        catch
        {
            await (site.Journal?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>A machine as the site shows it, a lost one not.</summary>
    public Machine? Machine(string id) => Look(() => _site.Machines.View(id)) is { } view ? MachineMessage.Build(_site, view, history: true) : null;

    public Vpc? Vpc(string id) => One(_site.State.Vpcs, id, Nico.SiteSimulator.Core.Vpcs.Show);

    public VpcPrefix? VpcPrefix(string id) => One(_site.State.Prefixes, id, _site.Prefixes.Show);

    public NetworkSegment? Segment(string id) => One(_site.State.Segments, id, segment => _site.Segments.Show(segment, history: true, free: true));

    public OsImage? OsImage(string id) => One(_site.State.Images, id, Nico.SiteSimulator.Core.OsImages.Show);

    /// <summary>Whether this is what the server of the image's source was last told.</summary>
    public bool HasToken(string image, string token) =>
        Look(() => _site.State.Images.Find(image) is { } record && Nico.SiteSimulator.Core.OsImages.HasToken(record, token));

    public Tenant? Tenant(string id) => One(_site.State.Tenants, id, _site.Tenants.Show);

    public InstanceType? InstanceType(string id) => One(_site.State.InstanceTypes, id, Nico.SiteSimulator.Core.InstanceTypes.Show);

    public Instance? Instance(string id) => One(_site.State.Instances, id, _site.Instances.Show);

    /// <summary>Stops as a crash would: connections break, nothing more is written. The state folder can be taken up again.</summary>
    public async Task Kill()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        await _site.Stopping.CancelAsync();
        await (_site.Journal?.Kill() ?? Task.CompletedTask);
        await _server.Kill();
    }

    /// <summary>Stops in order.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        await _site.Stopping.CancelAsync();
        await _server.DisposeAsync();
        await (_site.Journal?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private T Look<T>(Func<T> look)
    {
        lock (_site.Gate)
        {
            _site.CatchUp();
            var seen = look();
            _site.Commit();
            return seen;
        }
    }

    private IReadOnlyList<TMessage> All<TRecord, TMessage>(Table<TRecord> table, Func<TRecord, TMessage> show)
        where TRecord : class => Look(() => (IReadOnlyList<TMessage>)[.. table.Values.Select(show)]);

    private TMessage? One<TRecord, TMessage>(Table<TRecord> table, string id, Func<TRecord, TMessage> show)
        where TRecord : class
        where TMessage : class => Look(() => table.Find(id) is { } record ? show(record) : null);

    [LoggerMessage(1, LogLevel.Information, "Simulated site {Site}: {Machines} machines at {Core}, control at {Control}, speed {Speed}")]
    private static partial void Serving(ILogger log, string site, int machines, Uri core, Uri? control, double speed);

    [LoggerMessage(2, LogLevel.Warning, "Simulated site {Site}: {Faults} faults from before are still in force; DELETE /faults at the control endpoint removes them")]
    private static partial void FaultsInForce(ILogger log, string site, int faults);
}
