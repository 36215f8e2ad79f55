using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.GetMachine;

internal sealed class GetMachineHandler(Caller caller, Db db, IOrganizations organizations, MachineResponses responses)
    : IRequestHandler<GetMachine, MachineResponse>
{
    public async Task<MachineResponse> Handle(GetMachine request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        var args = new { request.MachineId, includeMetadata = request.IncludeMetadata ?? false };
        var machine = await db.OneOrNone<Machine>(Sql.Of<GetMachineHandler>("GetMachine"), args, cancellationToken);
        if (machine is null || await ViewOf(machine, sides, cancellationToken) is not { } view)
        {
            throw Problem.NotFound("Machine", request.MachineId);
        }

        return (await responses.Of([machine], request.IncludeRelation, view, cancellationToken))[0];
    }

    /// <summary>The best view that one of the caller's sides gives; null when none gives any.</summary>
    private async Task<MachineView?> ViewOf(Machine machine, Sides sides, CancellationToken ct) =>
        machine.InfrastructureProviderId == sides.Provider?.Id ? MachineView.Full
        : sides.PrivilegedTenant is { } tenant && await organizations.HasReadyAccount(machine.InfrastructureProviderId, tenant.Id, ct) ? MachineView.Full
        : machine.TenantId is { } user && user == sides.Tenant?.Id ? MachineView.Reduced
        : null;
}
