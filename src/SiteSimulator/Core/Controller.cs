using Microsoft.Extensions.Logging;
using Nico.SiteSimulator.Core;
using Nico.SiteSimulator.Hardware;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator;

/// <summary>
/// The controller of one site: its hardware, its objects and the rules for them, apart from how it is served.
/// Everything happens with <see cref="Gate"/> held: first <see cref="CatchUp"/> carries out what fell due since the last look,
/// then the call, then <see cref="Commit"/> hands what changed to the journal.
/// </summary>
internal sealed class Controller
{
    private const int Format = 1;

    private long? _moment;

    public Controller(SimulatorOptions options, TimeProvider clock, ILogger log)
    {
        if (!(options.Speed > 0))
        {
            throw new ArgumentException("The speed is greater than 0.", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxFindByIds, 1);
        Options = options;
        Clock = clock;
        Seed = new Seed(options.SiteName);
        Pace = new Pace(Seed, options.Speed);
        World = new World(Seed, options.Layout is { } layout ? Layout.Parse(layout) : Layout.For(options.Machines));
        Fabric = [.. options.FabricPrefixes.Select(Cidr.Canonical)];
        Faults = new FaultPlan(this);
        ByHand = new ByHand(this);
        Tenants = new Tenants(this);
        Vpcs = new Vpcs(this);
        Prefixes = new VpcPrefixes(this);
        Segments = new Segments(this);
        Machines = new Machines(this);
        Instances = new Instances(this);
        InstanceTypes = new InstanceTypes(this);
        Images = new OsImages(this);

        if (options.StateFolder is { } folder)
        {
            Journal = Journal.Open(folder, options.CompactAt, log, State.Apply);
        }

        try
        {
            lock (Gate)
            {
                Begin();
            }
        }
        catch
        {
            Journal?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    public Lock Gate { get; } = new();

    /// <summary>Ends the waits that faults impose when the site stops.</summary>
    public CancellationTokenSource Stopping { get; } = new();

    public SimulatorOptions Options { get; }

    public TimeProvider Clock { get; }

    public Seed Seed { get; }

    public Pace Pace { get; }

    public World World { get; }

    public SiteState State { get; } = new();

    public Journal? Journal { get; }

    public DueQueue Due { get; } = new();

    public FaultPlan Faults { get; }

    public ByHand ByHand { get; }

    public Tenants Tenants { get; }

    public Vpcs Vpcs { get; }

    public VpcPrefixes Prefixes { get; }

    public Segments Segments { get; }

    public Machines Machines { get; }

    public Instances Instances { get; }

    public InstanceTypes InstanceTypes { get; }

    public OsImages Images { get; }

    public IReadOnlyList<Cidr> Fabric { get; }

    /// <summary>Ticks of UTC; while something that fell due earlier is carried out, the moment when it did.</summary>
    public long Now => _moment ?? Clock.GetUtcNow().UtcTicks;

    /// <summary>When the site was built.</summary>
    public long Built => State.Site!.Created;

    /// <summary>Carries out everything that fell due up to now, each thing at its own moment.</summary>
    public void CatchUp()
    {
        var now = Clock.GetUtcNow().UtcTicks;
        while (true)
        {
            var end = Faults.Count > 0 ? Faults.NextEnd(now) : null;
            if (end is { } moment && moment <= (Due.Next ?? long.MaxValue))
            {
                At(moment, () => Faults.DropEnded(moment));
                continue;
            }

            if (!Due.TryTake(now, out var kind, out var id, out var due))
            {
                return;
            }

            At(due, () =>
            {
                switch (kind)
                {
                    case Kind.Segment: Segments.Advance(id, due); break;
                    case Kind.Instance: Instances.Advance(id, due); break;
                    case Kind.Image: Images.Advance(id, due); break;
                    case Kind.Machine: Machines.Advance(id, due); break;
                }
            });
        }
    }

    /// <summary>Hands what changed to the journal. Returns the position that must be durable before anybody hears of it.</summary>
    public long Commit()
    {
        if (Journal is null)
        {
            State.ForgetChanges();
            return 0;
        }

        if (State.TakeChanges() is { } changes)
        {
            Journal.Append(changes);
        }

        if (Journal.WantsSnapshot)
        {
            Journal.Snapshot(State.Everything());
        }

        return Journal.Position;
    }

    /// <summary>Completes when <paramref name="position"/> is on the disk; at once when the site is kept in memory.</summary>
    public Task Durable(long position) => Journal?.Durable(position) ?? Task.CompletedTask;

    /// <summary>In the order in which the site lists objects: none that a reader could rely on, but always the same.</summary>
    public List<string> Listed(IEnumerable<string> ids) => [.. ids.OrderBy(id => Seed.Number("order " + id))];

    private void Begin()
    {
        if (State.Site is { } site)
        {
            if (site.Format != Format || site.Name != Options.SiteName)
            {
                throw new InvalidOperationException(
                    $"The state folder {Options.StateFolder} holds the site {site.Name} (format {site.Format}), not {Options.SiteName} (format {Format}).");
            }
        }
        else
        {
            State.Found(new SiteRecord { Format = Format, Name = Options.SiteName, Created = Now });
            if (Options.Blemishes && World.Hosts.Count >= 12)
            {
                Machines.Blemish();
            }
        }

        Faults.Load();
        Vpcs.Load();
        Prefixes.Load();
        Segments.Load();
        Machines.Load();
        Instances.Load();
        Images.Load();
        Commit();
    }

    private void At(long moment, Action carryOut)
    {
        _moment = moment;
        try
        {
            carryOut();
        }
        finally
        {
            _moment = null;
        }
    }
}
