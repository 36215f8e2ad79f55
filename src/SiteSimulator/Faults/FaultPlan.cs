using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator;

/// <summary>The faults of a site: add, list, remove. They survive a restart with the site's state. Safe to use from any thread.</summary>
public sealed class FaultPlan
{
    private const int LongStatus = 1 << 20;

    private readonly Controller _site;
    private readonly List<Entry> _entries = [];
    private int _last;

    internal FaultPlan(Controller site) => _site = site;

    /// <summary>The faults that are in force or will be, oldest first.</summary>
    public IReadOnlyList<Fault> Active
    {
        get
        {
            lock (_site.Gate)
            {
                _site.CatchUp();
                return [.. _entries.Select(entry => entry.Fault)];
            }
        }
    }

    /// <summary>Adds a fault and returns it with its id. One that is done at once is carried out and not kept.</summary>
    /// <exception cref="ArgumentException">It makes no sense, or its target does not exist; nothing was added.</exception>
    public Fault Add(Fault fault)
    {
        FaultRules.Check(fault);
        Fault added;
        long position;
        lock (_site.Gate)
        {
            _site.CatchUp();
            added = fault with { Id = $"f-{_last + 1}", Added = _site.Clock.GetUtcNow(), Struck = 0 };
            try
            {
                added = _site.ByHand.Apply(added);
            }
            catch (RpcException refused)
            {
                _site.Commit();
                throw new ArgumentException(refused.Status.Detail, refused);
            }

            _last++;
            if (!added.DoneAtOnce)
            {
                _entries.Add(new Entry(added));
                Keep(added);
            }

            position = _site.Commit();
        }

        Settle(position);
        return added;
    }

    /// <summary>
    /// Adds a plan: <c>hostile</c>, one fault for each way in which a controller can do harm by what it says; <c>impostor</c>, another controller
    /// in its place, which has nothing of what it had.
    /// </summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public IReadOnlyList<Fault> AddPlan(string name) => name switch
    {
        "hostile" => [.. Fault.Hostile.Select(Add)],
        "impostor" => [.. Fault.Impostor.Select(Add)],
        _ => throw new ArgumentException($"There is no plan {name}.", nameof(name)),
    };

    /// <summary>Removes a fault; what it held goes on, what it hid is back. Returns false when there is none with this id.</summary>
    public bool Remove(string id)
    {
        long position;
        lock (_site.Gate)
        {
            _site.CatchUp();
            var at = _entries.FindIndex(entry => entry.Fault.Id == id);
            if (at < 0)
            {
                return false;
            }

            End(at, _site.Now);
            position = _site.Commit();
        }

        Settle(position);
        return true;
    }

    /// <summary>Removes all faults.</summary>
    public void Clear()
    {
        long position;
        lock (_site.Gate)
        {
            _site.CatchUp();
            while (_entries.Count > 0)
            {
                End(_entries.Count - 1, _site.Now);
            }

            position = _site.Commit();
        }

        Settle(position);
    }

    // The rest is for the site itself, which holds its gate meanwhile.

    internal void Load()
    {
        foreach (var record in _site.State.Faults.Values.OrderBy(record => int.Parse(record.Id.AsSpan(2))))
        {
            _entries.Add(new Entry(JsonSerializer.Deserialize<Fault>(record.Json, FaultRules.Json)!));
            _last = int.Parse(record.Id.AsSpan(2));
        }
    }

    internal int Count => _entries.Count;

    /// <summary>The first end of a fault up to <paramref name="now"/>, so that what it held goes on from that moment.</summary>
    internal long? NextEnd(long now)
    {
        long? first = null;
        foreach (var entry in _entries)
        {
            if (entry.Fault.Ends <= now && entry.Fault.Ends < (first ?? long.MaxValue))
            {
                first = entry.Fault.Ends;
            }
        }

        return first;
    }

    internal void DropEnded(long moment)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Fault.Ends <= moment)
            {
                End(i, moment);
            }
        }
    }

    internal bool IsActive(string id) => _entries.Exists(entry => entry.Fault.Id == id);

    /// <summary>What is to happen to a call. <paramref name="chunk"/>: which read by ids of its round it is, 0 for other calls.</summary>
    internal CallOrders Strike(string rpc, string? resource, IMessage request, int chunk)
    {
        var orders = new CallOrders();
        for (var i = 0; i < _entries.Count && orders is { Refusal: null, Silent: false }; i++)
        {
            var fault = _entries[i].Fault;
            if (!FaultRules.ConcernsCalls(fault.Kind)
                || !InForce(fault)
                || (fault.Rpc is not null && fault.Rpc != rpc)
                || (fault.Resource is not null && fault.Resource != resource)
                || (fault.Target is not null && !FaultRules.Names(request, fault.Target))
                || (fault.Kind == FaultKind.ChunkFails && chunk != (fault.Chunk ?? 1))
                || (fault.Kind == FaultKind.Flapping && Turn(fault) % 2 == 1)
                || !Drawn(_entries[i]))
            {
                continue;
            }

            switch (fault.Kind)
            {
                case FaultKind.Down or FaultKind.Flapping:
                    orders.Refusal = new Status(StatusCode.Unavailable, fault.Message ?? "The site is down.");
                    break;
                case FaultKind.Unsupported:
                    orders.Refusal = new Status(StatusCode.Unimplemented, fault.Message ?? $"{rpc} is not implemented.");
                    break;
                case FaultKind.LongStatus:
                    orders.Refusal = new Status(fault.Code ?? StatusCode.FailedPrecondition, new string('x', LongStatus));
                    break;
                case FaultKind.Refuse:
                    orders.Refusal = new Status(fault.Code ?? StatusCode.Internal, fault.Message ?? "Refused on purpose.");
                    break;
                case FaultKind.ChunkFails:
                    orders.Refusal = new Status(fault.Code ?? StatusCode.Unavailable, fault.Message ?? "This part of the inventory cannot be read.");
                    break;
                case FaultKind.BlackHole:
                    orders.Silent = true;
                    break;
                case FaultKind.Slow:
                    orders.Delay += fault.Delay ?? TimeSpan.FromSeconds(1);
                    break;
                case FaultKind.LostAnswer:
                    orders.Lost ??= fault;
                    break;
                case FaultKind.Duplicate:
                    orders.Again ??= fault;
                    break;
            }

            i -= Struck(i) ? 1 : 0;
        }

        return orders;
    }

    /// <summary>Changes a list of ids as the faults say.</summary>
    internal IEnumerable<string> TwistList(string resource, IEnumerable<string> ids)
    {
        foreach (var kind in (ReadOnlySpan<FaultKind>)[FaultKind.EmptyInventory, FaultKind.DuplicateIds, FaultKind.UnknownIds])
        {
            if (TakeFor(kind, resource, null) is null)
            {
                continue;
            }

            ids = kind switch
            {
                FaultKind.EmptyInventory => [],
                FaultKind.DuplicateIds => ids.SelectMany(id => new[] { id, id }),
                _ => ids.Append(resource == "machine" ? "fm100ht" + new string('0', 52) : Guid.Empty.ToString()),
            };
        }

        return ids;
    }

    /// <summary>Which of the objects asked for by id are left out of the answer.</summary>
    internal Func<string, bool> LeftOut(string resource)
    {
        var faults = InForceOf(FaultKind.ObjectsMissing).Where(fault => fault.Resource is null || fault.Resource == resource).ToList();
        if (faults.Count == 0)
        {
            return _ => false;
        }

        return id =>
        {
            var fault = faults.Find(fault => (fault.Target is null || fault.Target == id) && Chosen(fault, id) && IsActive(fault.Id));
            if (fault is null)
            {
                return false;
            }

            Struck(_entries.FindIndex(entry => entry.Fault.Id == fault.Id));
            return true;
        };
    }

    /// <summary>Whether a fault hides the object.</summary>
    internal bool Hides(string resource, string id)
    {
        foreach (var entry in _entries)
        {
            var fault = entry.Fault;
            if (fault.Kind == FaultKind.ObjectLost && fault.Resource == resource && fault.Target == id && InForce(fault))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A new object takes the place of a lost one, so the old one cannot come back.</summary>
    internal void Replaced(string resource, string id)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Fault is { Kind: FaultKind.ObjectLost } fault && fault.Resource == resource && fault.Target == id)
            {
                End(i, _site.Now);
            }
        }
    }

    /// <summary>The faults of a kind that strike a machine now.</summary>
    internal IEnumerable<Fault> OnMachine(FaultKind kind, string machine) => _entries.Count == 0
        ? []
        : InForceOf(kind).Where(fault => fault.Target is null ? Chosen(fault, machine) : fault.Target == machine);

    /// <summary>The first fault of a kind that strikes an instance in a phase; counts as a strike.</summary>
    internal Fault? TakeForInstance(FaultKind kind, string instance, string machine, string? phase)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            var fault = _entries[i].Fault;
            if (fault.Kind == kind
                && InForce(fault)
                && (fault.Phase is null || phase is null || fault.Phase == phase)
                && (fault.Target is null ? Chosen(fault, instance) : fault.Target == instance || fault.Target == machine))
            {
                Struck(i);
                return fault;
            }
        }

        return null;
    }

    internal bool ThinsStatus(string instance) => _entries.Count > 0
        && InForceOf(FaultKind.ThinStatus).Any(fault => fault.Target is null ? Chosen(fault, instance) : fault.Target == instance);

    /// <summary>What is wrong with the lists that are answered, of a kind of object.</summary>
    internal IReadOnlyList<Fault> Twists(string? resource) =>
    [
        .. _entries.Select(entry => entry.Fault)
            .Where(fault => fault.Kind >= FaultKind.LongTexts && InForce(fault) && (fault.Resource is null || fault.Resource == resource)),
    ];

    /// <summary>What the site calls itself instead of its name; null for its name.</summary>
    internal string? OtherIdentity => InForceOf(FaultKind.OtherIdentity).Select(fault => fault.Name ?? "another-site").FirstOrDefault();

    /// <summary>The fault that makes this image fail; counts as a strike.</summary>
    internal Fault? TakeForImage(string image) => TakeFor(FaultKind.ImageFails, "os-image", image);

    private Fault? TakeFor(FaultKind kind, string resource, string? target)
    {
        var at = _entries.FindIndex(entry => entry.Fault.Kind == kind
            && InForce(entry.Fault)
            && (entry.Fault.Resource is null || entry.Fault.Resource == resource)
            && (entry.Fault.Target is null || entry.Fault.Target == target)
            && Drawn(entry));
        if (at < 0)
        {
            return null;
        }

        var fault = _entries[at].Fault;
        Struck(at);
        return fault;
    }

    private IEnumerable<Fault> InForceOf(FaultKind kind) =>
        _entries.Where(entry => entry.Fault.Kind == kind && InForce(entry.Fault)).Select(entry => entry.Fault);

    private bool InForce(Fault fault) => fault.Begins <= _site.Now && !fault.Spent;

    private long Turn(Fault fault) => (_site.Now - fault.Begins) / Math.Max(1, (fault.Period ?? TimeSpan.FromSeconds(20)).Ticks);

    // Of calls, each is drawn anew; of objects, the same ones are struck as long as the fault lasts.
    private bool Drawn(Entry entry) => entry.Fault.Percent >= 100
        || _site.Seed.Fraction($"fault {entry.Fault.Id} call {entry.Attempts++}") * 100 < entry.Fault.Percent;

    private bool Chosen(Fault fault, string id) => fault.Percent >= 100 || _site.Seed.Fraction($"fault {fault.Id} {id}") * 100 < fault.Percent;

    // Counts a strike; true when that was the last and the fault is gone.
    private bool Struck(int at)
    {
        var fault = _entries[at].Fault;
        if (fault.Count is null)
        {
            // Without a limit the number is for information and not worth a write per call.
            _entries[at].Fault = fault with { Struck = fault.Struck + 1 };
            return false;
        }

        fault = fault with { Struck = fault.Struck + 1 };
        _entries[at].Fault = fault;
        if (fault.Spent && !fault.Holds)
        {
            End(at, _site.Now);
            return true;
        }

        Keep(fault);
        return false;
    }

    // A fault is as durable as any other change when its caller hears of it; callers are tests and operators, so a wait of one flush is no matter.
    private void Settle(long position) => _site.Durable(position).GetAwaiter().GetResult();

    private void Keep(Fault fault) =>
        _site.State.Faults.Put(new FaultRecord { Id = fault.Id, Json = JsonSerializer.Serialize(fault, FaultRules.Json) });

    private void End(int at, long moment)
    {
        var fault = _entries[at].Fault;
        _entries.RemoveAt(at);
        _site.State.Faults.Remove(fault.Id);
        if (fault.Holds)
        {
            _site.Instances.LetGo(fault.Id, moment);
        }

        if (fault.Kind == FaultKind.ObjectAppears)
        {
            _site.ByHand.Undo(fault);
        }
    }

    private sealed class Entry(Fault fault)
    {
        public Fault Fault { get; set; } = fault;

        public int Attempts { get; set; }
    }
}

/// <summary>What the faults make of one call.</summary>
internal sealed class CallOrders
{
    public Status? Refusal { get; set; }

    public bool Silent { get; set; }

    public TimeSpan Delay { get; set; }

    public Fault? Lost { get; set; }

    public Fault? Again { get; set; }
}
