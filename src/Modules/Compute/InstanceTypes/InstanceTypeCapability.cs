using System.Text.Json.Serialization;
using FluentValidation;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes;

/// <summary>Kinds of parts of machines.</summary>
[Schema("MachineCapabilityType")]
public enum InstanceTypeCapabilityType
{
    /// <summary>Processors.</summary>
    CPU,

    /// <summary>Memory.</summary>
    Memory,

    /// <summary>Disks.</summary>
    Storage,

    /// <summary>Network devices.</summary>
    Network,

    /// <summary>Graphics processors.</summary>
    GPU,

    /// <summary>InfiniBand devices.</summary>
    InfiniBand,

    /// <summary>Data processing units.</summary>
    DPU,
}

/// <summary>A kind of part that each machine of an instance type has. What is left out may be anything.</summary>
public sealed record InstanceTypeCapability
{
    /// <summary>Kind of the part.</summary>
    public InstanceTypeCapabilityType Type { get; init; }

    /// <summary>Model of the part.</summary>
    public required string Name { get; init; }

    /// <summary>Clock rate, with its unit. Not compared for processors.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Frequency { get; init; }

    /// <summary>Cores of each; not compared with a machine's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Cores { get; init; }

    /// <summary>Threads of each; not compared with a machine's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Threads { get; init; }

    /// <summary>Capacity, with its unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Capacity { get; init; }

    /// <summary>Maker of the part.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Vendor { get; init; }

    /// <summary>Indices of InfiniBand devices that cannot be used, all of them in this order.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? InactiveDevices { get; init; }

    /// <summary>Exactly how many of them; null for any number.</summary>
    public long? Count { get; init; }

    /// <summary>What a GPU or network device is beyond its kind: <c>NVLink</c> or <c>DPU</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeviceType { get; init; }

    internal static InstanceTypeCapability Of(InstanceTypePart part) => new()
    {
        Type = part.Type,
        Name = part.Name,
        Frequency = NullIfEmpty(part.Frequency),
        Cores = part.Cores,
        Threads = part.Threads,
        Capacity = NullIfEmpty(part.Capacity),
        Vendor = NullIfEmpty(part.Vendor),
        InactiveDevices = part.InactiveDevices is { Length: > 0 } inactive ? inactive : null,
        Count = part.Count,
        DeviceType = NullIfEmpty(part.DeviceType),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>A kind of part that each machine of an instance type must have. What is left out may be anything.</summary>
public sealed record InstanceTypeCapabilityCreateRequest
{
    /// <summary>Kind of the part.</summary>
    public InstanceTypeCapabilityType? Type { get; init; }

    /// <summary>Model of the part, 2 to 256 bytes.</summary>
    public string? Name { get; init; }

    /// <summary>Clock rate, with its unit. Not compared for processors.</summary>
    public string? Frequency { get; init; }

    /// <summary>Cores of each, 0 to 4294967295; not compared with a machine's.</summary>
    public long? Cores { get; init; }

    /// <summary>Threads of each, 0 to 4294967295; not compared with a machine's.</summary>
    public long? Threads { get; init; }

    /// <summary>Capacity, with its unit.</summary>
    public string? Capacity { get; init; }

    /// <summary>Maker of the part.</summary>
    public string? Vendor { get; init; }

    /// <summary>Hardware revision; not compared with a machine's, and not shown.</summary>
    public string? HardwareRevision { get; init; }

    /// <summary>Exactly how many of them, 0 to 4294967295.</summary>
    public long? Count { get; init; }

    /// <summary>What the device is beyond its kind: <c>NVLink</c> for a GPU, <c>DPU</c> for a network device, nothing for others.</summary>
    public string? DeviceType { get; init; }

    /// <summary>Exactly which InfiniBand devices cannot be used: indices of 0 to 4294967295; for InfiniBand only.</summary>
    public IReadOnlyList<long>? InactiveDevices { get; init; }

    internal InstanceTypePart ToPart() => new()
    {
        Type = Type!.Value,
        Name = Name!,
        Frequency = Frequency,
        Cores = Cores,
        Threads = Threads,
        Capacity = Capacity,
        Vendor = Vendor,
        HardwareRevision = HardwareRevision,
        Count = Count,
        DeviceType = DeviceType,
        InactiveDevices = InactiveDevices is { Count: > 0 } ? [.. InactiveDevices] : null,
    };

    internal sealed class Rules : AbstractValidator<InstanceTypeCapabilityCreateRequest>
    {
        private const string Range = "must be from 0 to 4294967295";

        public Rules()
        {
            // Required, though the contract does not say so.
            RuleFor(part => part.Type).Must(type => type is not null).WithMessage("is required");
            RuleFor(part => part.Name).Cascade(CascadeMode.Stop).Must(name => name is not null).WithMessage("is required").Trimmed().Bytes(2, 256);
            RuleFor(part => part.Cores).InclusiveBetween(0, uint.MaxValue).WithMessage(Range);
            RuleFor(part => part.Threads).InclusiveBetween(0, uint.MaxValue).WithMessage(Range);
            RuleFor(part => part.Count).InclusiveBetween(0, uint.MaxValue).WithMessage(Range);
            RuleFor(part => part.DeviceType)
                .Must((part, device) => device is null || device == DeviceOf(part.Type))
                .WithMessage("must be NVLink for a GPU, DPU for a network device, and absent for anything else");
            RuleFor(part => part.InactiveDevices)
                .Cascade(CascadeMode.Stop)
                .Must((part, inactive) => inactive is null or { Count: 0 } || part.Type == InstanceTypeCapabilityType.InfiniBand)
                .WithMessage("goes with InfiniBand only")
                .Must(inactive => inactive is null || inactive.All(index => index is >= 0 and <= uint.MaxValue))
                .WithMessage("must have entries from 0 to 4294967295");
        }

        private static string? DeviceOf(InstanceTypeCapabilityType? type) => type switch
        {
            InstanceTypeCapabilityType.GPU => "NVLink",
            InstanceTypeCapabilityType.Network => "DPU",
            _ => null,
        };
    }
}

/// <summary>The rules of a list of parts.</summary>
internal static class CapabilityRules
{
    /// <summary>Each part is a good one, and none of one kind and model is there twice.</summary>
    public static void Capabilities<T>(
        this AbstractValidator<T> rules, System.Linq.Expressions.Expression<Func<T, IEnumerable<InstanceTypeCapabilityCreateRequest>?>> list)
    {
        var read = list.Compile();
        rules.RuleFor(list)
            .Must(parts => parts is null || parts.All(part => part is not null)).WithMessage("must have no empty entries")
            .Must(parts => parts is null || parts.OfType<InstanceTypeCapabilityCreateRequest>().GroupBy(part => (part.Type, part.Name)).All(same => same.Count() == 1))
            .WithMessage("must not have the same type and name twice");
        rules.RuleForEach(list)
            .SetValidator(new InstanceTypeCapabilityCreateRequest.Rules())
            .When(request => read(request)?.All(part => part is not null) is true);
    }
}
