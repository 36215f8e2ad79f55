using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.GetGpuStats;

internal sealed class GetGpuStatsHandler(ActingAs acting, Db db, ISites sites)
    : IRequestHandler<GetGpuStats, IReadOnlyList<MachineGPUStats>>
{
    public async Task<IReadOnlyList<MachineGPUStats>> Handle(GetGpuStats request, CancellationToken cancellationToken)
    {
        var siteId = await acting.RequireOwnSite(sites, request.SiteId!.Value, cancellationToken);
        return await db.Many<MachineGPUStats>(Sql.Of<GetGpuStatsHandler>("CountGpus"), new { siteId }, cancellationToken);
    }
}
