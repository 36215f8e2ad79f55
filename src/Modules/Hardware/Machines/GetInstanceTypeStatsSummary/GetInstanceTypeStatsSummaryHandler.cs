using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.GetInstanceTypeStatsSummary;

internal sealed class GetInstanceTypeStatsSummaryHandler(ActingAs acting, Db db, ISites sites)
    : IRequestHandler<GetInstanceTypeStatsSummary, MachineInstanceTypeSummary>
{
    public async Task<MachineInstanceTypeSummary> Handle(GetInstanceTypeStatsSummary request, CancellationToken cancellationToken)
    {
        var siteId = await acting.RequireOwnSite(sites, request.SiteId!.Value, cancellationToken);
        var counts = (await db.Many<Counted>(Sql.Of<GetInstanceTypeStatsSummaryHandler>("CountAssigned"), new { siteId }, cancellationToken))
            .ToLookup(count => count.IsAssigned, count => (count.Status, count.Machines));
        return new MachineInstanceTypeSummary
        {
            Assigned = MachineStatusBreakdown.Of(counts[true]),
            Unassigned = MachineStatusBreakdown.Of(counts[false]),
        };
    }

    private sealed record Counted
    {
        public bool IsAssigned { get; init; }

        public MachineStatus Status { get; init; }

        public int Machines { get; init; }
    }
}
