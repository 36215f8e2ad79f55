using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.GetInstanceTypeStatsSummary;

/// <summary>A site's machines with and without an instance type. Source: spec/41-machine.md, section 10.</summary>
public sealed record GetInstanceTypeStatsSummary : IQuery<MachineInstanceTypeSummary>
{
    /// <summary>The site, one of the org's provider.</summary>
    [Query]
    public Guid? SiteId { get; init; }
}

/// <summary>A site's machines with and without an instance type.</summary>
public sealed record MachineInstanceTypeSummary
{
    /// <summary>Machines that belong to an instance type.</summary>
    public required MachineStatusBreakdown Assigned { get; init; }

    /// <summary>Machines that belong to none.</summary>
    public required MachineStatusBreakdown Unassigned { get; init; }
}

internal sealed class GetInstanceTypeStatsSummaryEndpoint : QueryEndpoint<GetInstanceTypeStatsSummary, MachineInstanceTypeSummary>
{
    public override void Configure()
    {
        Get("machine/instance-type/stats/summary");
        Allow(Role.ProviderAdmin);
        Describe(
            "get-machine-instance-type-stats-summary",
            "Machine",
            "Count a site's machines with and without an instance type",
            "The site's machines that belong to an instance type, and those that belong to none, each by status.",
            404);
    }

    internal sealed class Rules : FastEndpoints.Validator<GetInstanceTypeStatsSummary>
    {
        public Rules() => RuleFor(stats => stats.SiteId).Required();
    }
}
