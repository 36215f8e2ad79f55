using System.Text.Json.Serialization;
using Grpc.Core;

namespace Nico.SiteSimulator;

/// <summary>
/// Something that goes wrong on purpose: what, to which calls or objects, from when, how long or how often.
/// A fault with neither <see cref="For"/> nor <see cref="Count"/> lasts until it is removed.
/// </summary>
public sealed record Fault
{
    /// <summary>Given by the plan: <c>f-1</c>, <c>f-2</c>, ...</summary>
    public string Id { get; init; } = "";

    public required FaultKind Kind { get; init; }

    /// <summary>Only calls of this RPC, as the protocol spells it: <c>CreateVpc</c>. Null: of all.</summary>
    public string? Rpc { get; init; }

    /// <summary>Only this kind of object: <c>tenant</c>, <c>vpc</c>, <c>vpc-prefix</c>, <c>segment</c>, <c>machine</c>, <c>instance</c>, <c>os-image</c>. Null: any.</summary>
    public string? Resource { get; init; }

    /// <summary>Only the object with this id: for calls, those whose request names it anywhere. Null: any.</summary>
    public string? Target { get; init; }

    /// <summary>The phase of an instance: see docs/simulator.md. Null: any.</summary>
    public string? Phase { get; init; }

    /// <summary>How often it strikes before it is over. Null: without limit.</summary>
    public int? Count { get; init; }

    /// <summary>How many of the calls or objects it strikes, 0 to 100; which ones is drawn from the site's seed.</summary>
    public double Percent { get; init; } = 100;

    /// <summary>When it begins, counted from when it was added, in time of the site's clock (not multiplied by its speed).</summary>
    public TimeSpan? After { get; init; }

    /// <summary>How long it lasts from its beginning, in time of the site's clock.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>How long <see cref="FaultKind.Slow"/>, <see cref="FaultKind.LostAnswer"/> and <see cref="FaultKind.Duplicate"/> wait.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>How long a turn of <see cref="FaultKind.Flapping"/> lasts.</summary>
    public TimeSpan? Period { get; init; }

    /// <summary>The gRPC status of refused calls.</summary>
    public StatusCode? Code { get; init; }

    /// <summary>The status's text, the alert's text, or why an instance or machine failed.</summary>
    public string? Message { get; init; }

    /// <summary>A lost answer breaks the connection.</summary>
    public bool Cut { get; init; }

    /// <summary>Which read by ids of a round fails, from 1.</summary>
    public int? Chunk { get; init; }

    /// <summary>Id of a machine's alert; <c>BmcSensor</c> unless said otherwise.</summary>
    public string? AlertId { get; init; }

    public string? AlertTarget { get; init; }

    /// <summary>Classifications of a machine's alert; <c>PreventAllocations</c> unless said otherwise.</summary>
    public IReadOnlyList<string>? Classifications { get; init; }

    /// <summary>Name of an object that appears, or to which one drifts.</summary>
    public string? Name { get; init; }

    /// <summary>Description to which an object drifts.</summary>
    public string? Description { get; init; }

    /// <summary>Labels to which an object drifts.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Tenant organization of an object that appears.</summary>
    public string? Tenant { get; init; }

    /// <summary>Where an object appears: the VPC of a prefix or segment, the machine of an instance.</summary>
    public string? Parent { get; init; }

    /// <summary>Addresses of a VPC prefix or segment that appears (<c>10.9.0.0/24</c>), or id of the VPC prefix or segment
    /// to which an instance that appears is attached.</summary>
    public string? Network { get; init; }

    /// <summary>Instance type to which a machine drifts; empty for none.</summary>
    public string? InstanceType { get; init; }

    /// <summary>When it was added. Set by the plan.</summary>
    public DateTimeOffset Added { get; init; }

    /// <summary>How often it has struck. Set by the plan.</summary>
    public int Struck { get; init; }

    internal bool DoneAtOnce => Kind is FaultKind.Drift or FaultKind.MachineIngests or FaultKind.MachineRepaired or FaultKind.UpdateOffered;

    // These go on affecting what they struck, so they stay after their last strike.
    internal bool Holds => Kind is FaultKind.InstanceStuck or FaultKind.NeverSynced;

    [JsonIgnore]
    internal long Begins => (Added + (After ?? TimeSpan.Zero)).UtcTicks;

    [JsonIgnore]
    internal long Ends => For is { } length ? Begins + length.Ticks : long.MaxValue;

    [JsonIgnore]
    internal bool Spent => Count is { } count && Struck >= count;

    /// <summary>The faults of the plan <c>hostile</c>: each kind of object has some of them, so that none hides another.</summary>
    public static IReadOnlyList<Fault> Hostile { get; } =
    [
        new() { Kind = FaultKind.LongTexts, Resource = "instance" },
        new() { Kind = FaultKind.LongTexts, Resource = "machine" },
        new() { Kind = FaultKind.UnknownEnums, Resource = "instance" },
        new() { Kind = FaultKind.UnknownEnums, Resource = "vpc" },
        new() { Kind = FaultKind.OddValues, Resource = "vpc" },
        new() { Kind = FaultKind.OtherSpelling },
        new() { Kind = FaultKind.SplitTexts, Resource = "segment" },
        new() { Kind = FaultKind.BadBytes, Resource = "vpc-prefix" },
        new() { Kind = FaultKind.BadBytes, Resource = "tenant" },
        new() { Kind = FaultKind.LargeObject, Resource = "os-image" },
        new() { Kind = FaultKind.LargeObject, Resource = "segment" },
        new() { Kind = FaultKind.ManyIds, Resource = "instance-type" },
        new() { Kind = FaultKind.ManyIds, Resource = "vpc" },
        new() { Kind = FaultKind.Refuse, Rpc = "CreateVpcPrefix", Code = StatusCode.FailedPrecondition, Message = new string('x', 999) + "\ud83d\ude00 and more" },
        new() { Kind = FaultKind.LongStatus, Rpc = "UpdateVpc" },
    ];

    /// <summary>The faults of the plan <c>impostor</c>.</summary>
    public static IReadOnlyList<Fault> Impostor { get; } =
    [
        new() { Kind = FaultKind.OtherIdentity },
        new() { Kind = FaultKind.EmptyInventory },
    ];

    public static Fault Down(TimeSpan? lasting = null) => new() { Kind = FaultKind.Down, For = lasting };

    public static Fault Slow(TimeSpan delay, string? rpc = null, int? count = null) =>
        new() { Kind = FaultKind.Slow, Delay = delay, Rpc = rpc, Count = count };

    public static Fault LostAnswer(string rpc, int? count = 1, bool cut = false) =>
        new() { Kind = FaultKind.LostAnswer, Rpc = rpc, Count = count, Cut = cut };

    public static Fault Duplicate(string rpc, int? count = 1) => new() { Kind = FaultKind.Duplicate, Rpc = rpc, Count = count };

    public static Fault Refuse(string rpc, StatusCode code, int? count = 1, string? message = null) =>
        new() { Kind = FaultKind.Refuse, Rpc = rpc, Code = code, Count = count, Message = message };

    public static Fault Lose(string resource, string id) => new() { Kind = FaultKind.ObjectLost, Resource = resource, Target = id };

    public static Fault FailInstance(string? id = null, string? phase = null, string? message = null) =>
        new() { Kind = FaultKind.InstanceFails, Target = id, Phase = phase, Message = message, Count = 1 };

    public static Fault HoldInstance(string? id = null, string? phase = null) =>
        new() { Kind = FaultKind.InstanceStuck, Target = id, Phase = phase };

    public static Fault Alert(string machine, params IReadOnlyList<string> classifications) =>
        new() { Kind = FaultKind.MachineAlert, Target = machine, Classifications = classifications.Count > 0 ? classifications : null };
}
