using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.DeleteMachine;

internal sealed class DeleteMachineHandler(ActingAs acting, Db db, TimeProvider clock) : IRequestHandler<DeleteMachine, Unit>
{
    /// <summary>How long a site must have missed a machine before it can be forgotten.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromHours(24);

    public async Task<Unit> Handle(DeleteMachine request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.Invalid, cancellationToken);
        var machine = await db.OneOrNone<Candidate>(
            Sql.Of<DeleteMachineHandler>("LockMachine"), new { request.MachineId, providerId }, cancellationToken)
            ?? throw Problem.NotFound("Machine", request.MachineId);
        if (machine.MissingSince is not { } since)
        {
            throw Problem.Invalid($"Machine {request.MachineId} is still reported by its site");
        }

        if (clock.Now() - since < _patience)
        {
            throw Problem.Invalid($"Machine {request.MachineId} is missing since {since:O}: it can be deleted after {_patience.TotalHours} hours");
        }

        if (machine.InstanceId is { } instance)
        {
            throw Problem.Invalid($"Machine {request.MachineId} carries instance {instance}");
        }

        if (machine.InstanceTypeId is { } type)
        {
            throw Problem.Invalid($"Machine {request.MachineId} belongs to instance type {type}");
        }

        await db.Execute("delete from hardware.machine where id = @MachineId", request, cancellationToken);
        await HardwareModule.MachineHistory.Forget(db, [request.MachineId], cancellationToken);
        return Unit.Value;
    }

    private sealed record Candidate
    {
        public Guid? InstanceId { get; init; }

        public Guid? InstanceTypeId { get; init; }

        public DateTime? MissingSince { get; init; }
    }
}
