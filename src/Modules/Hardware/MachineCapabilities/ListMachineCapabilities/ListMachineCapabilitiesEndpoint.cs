using System.Globalization;
using FluentValidation;
using Nico.Hardware.Machines;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.MachineCapabilities.ListMachineCapabilities;

/// <summary>The kinds of parts that a provider's machines are built of, each once. Source: spec/41-machine.md, section 9.</summary>
public sealed record ListMachineCapabilities : ListQuery, IQuery<Page<MachineCapability>>
{
    /// <summary>Only parts of machines at this site; of all the provider's sites when left out.</summary>
    [Query]
    public Guid? SiteId { get; init; }

    /// <summary>Only parts of machines that belong to an instance type, or only of those that belong to none.</summary>
    [Query]
    public bool? HasInstanceType { get; init; }

    /// <summary>Only parts of this kind.</summary>
    [Query]
    public MachineCapabilityType? Type { get; init; }

    /// <summary>Only parts of this model.</summary>
    [Query]
    public string? Name { get; init; }

    /// <summary>Only parts of this clock rate.</summary>
    [Query]
    public string? Frequency { get; init; }

    /// <summary>Only parts of this capacity.</summary>
    [Query]
    public string? Capacity { get; init; }

    /// <summary>Only parts of this maker.</summary>
    [Query]
    public string? Vendor { get; init; }

    /// <summary>Only parts of which a machine has this many.</summary>
    [Query]
    public string? Count { get; init; }

    /// <summary>Only GPUs or network devices of this type, such as NVLink or DPU.</summary>
    [Query(IgnoreCase = true)]
    public string? DeviceType { get; init; }

    /// <summary>Only InfiniBand devices of which exactly these cannot be used, in this order. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<string> InactiveDevices { get; init; } = [];

    // Parts have no status and no history of their own: STATUS is the order of their kinds, the times are those of the first and the last machine.
    private static readonly ListOrder _orders = ListOrder.By("type", "created", "updated").And("STATUS", "type").Default("TYPE_ASC").Then("type, name, id");

    public override ListOrder Orders() => _orders;
}

internal sealed class ListMachineCapabilitiesEndpoint : ListEndpoint<ListMachineCapabilities, MachineCapability>
{
    public override void Configure()
    {
        Get("machine-capability");
        Allow(Role.ProviderAdmin);
        Describe(
            "get-all-machine-capabilities",
            "Machine",
            "List machine capabilities",
            "Every kind of part that the machines of the org's provider are built of, each once whatever the number of machines that have it.",
            404);
    }

    internal sealed class Rules : FastEndpoints.Validator<ListMachineCapabilities>
    {
        public Rules()
        {
            RuleFor(list => list.Count).Must(count => count is null || IsNumber(count)).WithMessage("must be a whole number");
            RuleFor(list => list.InactiveDevices).Must(devices => devices.All(IsNumber)).WithMessage("must be whole numbers");
        }

        private static bool IsNumber(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
    }
}
