using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;

namespace Nico.SiteLink;

/// <summary>What the link tells about itself: the meter and the activity source <c>Nico.SiteLink</c>.</summary>
internal sealed class Telemetry : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Nico.SiteLink";

    private static readonly InstrumentAdvice<double> _seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _commands;
    private readonly Histogram<double> _calls;
    private readonly Histogram<double> _rounds;
    private readonly Counter<long> _held;
    private readonly Counter<long> _unapplied;
    private readonly ConcurrentDictionary<Guid, bool> _up = [];
    private IReadOnlyList<Measurement<long>> _states = [];
    private IReadOnlyList<Measurement<long>> _drift = [];
    private IReadOnlyList<Measurement<int>> _unread = [];
    private IReadOnlyList<Measurement<int>> _waiting = [];

    public Telemetry()
    {
        _commands = _meter.CreateCounter<long>("nico.sitelink.commands", description: "Attempts at commands, by what came of them");
        _calls = _meter.CreateHistogram<double>("nico.sitelink.call.duration", "s", "Calls to sites, by RPC and gRPC code");
        _rounds = _meter.CreateHistogram<double>("nico.sitelink.round.duration", "s", "Inventory rounds of one kind");
        _held = _meter.CreateCounter<long>("nico.sitelink.removals.held", description: "Removals held back because a site lost too much at once");
        _unapplied = _meter.CreateCounter<long>("nico.sitelink.objects.unapplied", description: "Reported objects that could not be applied");
        _meter.CreateObservableGauge("nico.sitelink.commands.now", () => Volatile.Read(ref _states), description: "Commands that are not done, by site and state");
        _meter.CreateObservableGauge("nico.sitelink.drift", () => Volatile.Read(ref _drift), description: "Objects about which a site and Nico do not agree, by reason");
        _meter.CreateObservableGauge("nico.sitelink.unread", () => Volatile.Read(ref _unread), description: "1 for each kind of a site that cannot be read");
        _meter.CreateObservableGauge(
            "nico.sitelink.waiting", () => Volatile.Read(ref _waiting), description: "What waits for an operator at a site: another controller (OtherController), or so many losses (Losses)");
        _meter.CreateObservableGauge("nico.sitelink.site.up", () => _up.Select(site => new Measurement<int>(site.Value ? 1 : 0, Tag("site", site.Key))));
    }

    /// <summary>Spans of the link's work.</summary>
    public ActivitySource Activities { get; } = new(Name);

    /// <summary>An attempt at a command has ended.</summary>
    public void Command(string kind, string operation, string outcome) =>
        _commands.Add(1, Tag("kind", kind), Tag("operation", operation), Tag("outcome", outcome));

    /// <summary>A call to a site has ended.</summary>
    public void Call(string rpc, StatusCode code, TimeSpan took) => _calls.Record(took.TotalSeconds, Tag("rpc", rpc), Tag("code", code.ToString()));

    /// <summary>A kind's round has ended.</summary>
    public void Round(string kind, bool isComplete, TimeSpan took) => _rounds.Record(took.TotalSeconds, Tag("kind", kind), Tag("complete", isComplete));

    /// <summary>Removals were held back.</summary>
    public void Held(string kind, int count) => _held.Add(count, Tag("kind", kind));

    /// <summary>A reported object could not be applied.</summary>
    public void Unapplied(string kind) => _unapplied.Add(1, Tag("kind", kind));

    /// <summary>Whether a site answers.</summary>
    public void Up(Guid siteId, bool isUp) => _up[siteId] = isUp;

    /// <summary>The site is no longer talked to.</summary>
    public void Forget(Guid siteId) => _up.TryRemove(siteId, out _);

    /// <summary>How many commands are in which state.</summary>
    public void States(IEnumerable<SiteCommandCount> counts) => Volatile.Write(
        ref _states,
        [.. counts.Select(c => new Measurement<long>(c.Count, Tag("site", c.SiteId), Tag("state", c.State.ToString())))]);

    /// <summary>How many objects do not agree, where and why.</summary>
    public void Drift(IEnumerable<(Guid SiteId, string Kind, string Reason, long Count)> counts) => Volatile.Write(
        ref _drift, [.. counts.Select(c => new Measurement<long>(c.Count, Tag("site", c.SiteId), Tag("kind", c.Kind), Tag("reason", c.Reason)))]);

    /// <summary>What cannot be read where.</summary>
    public void Unread(IEnumerable<UnreadKind> kinds) =>
        Volatile.Write(ref _unread, [.. kinds.Select(kind => new Measurement<int>(1, Tag("site", kind.SiteId), Tag("kind", kind.Kind)))]);

    /// <summary>What waits for an operator where.</summary>
    public void Waiting(IEnumerable<(Guid SiteId, string Reason, int Count)> sites) => Volatile.Write(
        ref _waiting, [.. sites.Select(site => new Measurement<int>(site.Count, Tag("site", site.SiteId), Tag("reason", site.Reason)))]);

    public void Dispose()
    {
        _meter.Dispose();
        Activities.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value is Guid id ? id.ToString() : value);
}
