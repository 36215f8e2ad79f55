using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Machines.ListMachineStatusHistory;

internal sealed class ListMachineStatusHistoryHandler(Db db, VisibleMachines visible) : IRequestHandler<ListMachineStatusHistory, Page<StatusDetail>>
{
    public async Task<Page<StatusDetail>> Handle(ListMachineStatusHistory request, CancellationToken cancellationToken)
    {
        var seen = await visible.Require(request.MachineId, cancellationToken);
        return await HardwareModule.MachineHistory.Page(db, seen.Machine.Id, request, cancellationToken);
    }
}
