using MediatR;

namespace Nico.Hardware.Machines.GetMachine;

internal sealed class GetMachineHandler(VisibleMachines visible, MachineResponses responses) : IRequestHandler<GetMachine, MachineResponse>
{
    public async Task<MachineResponse> Handle(GetMachine request, CancellationToken cancellationToken)
    {
        var seen = await visible.RequireWhole(request.MachineId, request.IncludeMetadata ?? false, cancellationToken);
        return (await responses.Of([seen.Machine], request.IncludeRelation, seen.View, cancellationToken))[0];
    }
}
