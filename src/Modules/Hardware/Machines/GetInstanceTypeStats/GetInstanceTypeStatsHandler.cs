using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Hardware.Machines.GetInstanceTypeStats;

internal sealed class GetInstanceTypeStatsHandler(Caller caller, IOrganizations organizations, ISites sites)
    : IRequestHandler<GetInstanceTypeStats, IReadOnlyList<MachineInstanceTypeStats>>
{
    public async Task<IReadOnlyList<MachineInstanceTypeStats>> Handle(GetInstanceTypeStats request, CancellationToken cancellationToken)
    {
        await organizations.RequireOwnSite(caller, sites, request.SiteId!.Value, cancellationToken);

        // There are no instance types yet, so a site has none.
        return [];
    }
}
