using FluentValidation;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Machines.ListMachines;

/// <summary>The machines that the caller may see as hardware. Source: spec/41-machine.md, section 4.</summary>
public sealed record ListMachines : ListQuery, IQuery<Page<MachineResponse>>
{
    /// <summary>Only machines at this site.</summary>
    [Query]
    public Guid? SiteId { get; init; }

    /// <summary>Only the machines with these ids. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<string> Id { get; init; } = [];

    /// <summary>Only machines that belong to an instance type, or only those that belong to none.</summary>
    [Query]
    public bool? HasInstanceType { get; init; }

    /// <summary>Only machines of these instance types. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> InstanceTypeId { get; init; } = [];

    /// <summary>Only machines that carry instances of these tenants. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> TenantId { get; init; } = [];

    /// <summary>Only machines that carry an instance, or only those that carry none. Needs <c>siteId</c>.</summary>
    [Query]
    public bool? HasInstance { get; init; }

    /// <summary>Only machines that their site no longer reports, or only those that it reports.</summary>
    [Query]
    public bool? IsMissingOnSite { get; init; }

    /// <summary>True to show details of the hardware.</summary>
    [Query]
    public bool? IncludeMetadata { get; init; }

    /// <summary>Only machines with one of these statuses. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<MachineStatus> Status { get; init; } = [];

    /// <summary>Only machines that have a part of this kind.</summary>
    [Query]
    public MachineCapabilityType? CapabilityType { get; init; }

    /// <summary>Only machines that have a part of one of these models; of the kind <c>capabilityType</c>, where that is given. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<string> CapabilityName { get; init; } = [];

    /// <summary>Only machines whose SKU has one of these device types. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<string> HwSkuDeviceType { get; init; } = [];

    /// <summary>Text to look for in id, vendor, product name, host name, status and labels.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>What to show together with each machine. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<MachineRelation> IncludeRelation { get; init; } = [];

    private static readonly ListOrder _orders = ListOrder.By("id", "status", "created", "updated");

    public override ListOrder Orders() => _orders;
}

internal sealed class ListMachinesEndpoint : ListEndpoint<ListMachines, MachineResponse>
{
    public override void Configure()
    {
        Get("machine");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-all-machine",
            "Machine",
            "List machines",
            "The machines of the org's provider and, if the org's tenant may choose machines, those of every provider that has an accepted account "
            + "with it. Other tenants find their machines through their instances.");
    }

    internal sealed class Rules : FastEndpoints.Validator<ListMachines>
    {
        public Rules()
        {
            RuleFor(list => list.HasInstanceType)
                .Must((list, has) => has is not false || list.InstanceTypeId.Count == 0)
                .WithMessage("cannot be false together with instanceTypeId");
            RuleFor(list => list.HasInstance)
                .Cascade(CascadeMode.Stop)
                .Must((list, has) => has is null || list.SiteId is not null)
                .WithMessage("needs siteId")
                .Must((list, has) => has is not false || list.TenantId.Count == 0)
                .WithMessage("cannot be false together with tenantId");
        }
    }
}
