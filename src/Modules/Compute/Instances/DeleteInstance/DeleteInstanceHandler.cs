using System.Text.Json;
using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.Instances.DeleteInstance;

internal sealed class DeleteInstanceHandler(
    Caller caller, Db db, IOrganizations organizations, ISites sites, InstanceRows rows, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteInstance, Unit>
{
    public async Task<Unit> Handle(DeleteInstance request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 403, cancellationToken);
        var instance = await rows.Lock(request.InstanceId, tenant.Id, cancellationToken);
        if (request.IsRepairTenant is true && !tenant.TargetedInstanceCreation)
        {
            throw Problem.Forbidden("Only a tenant that may choose machines can act as a repair tenant");
        }

        // A second order has nothing to add, unless it says more of the machine.
        if (instance.Status == InstanceStatus.Terminating && request is { MachineHealthIssue: null, IsRepairTenant: not true })
        {
            return Unit.Value;
        }

        await sites.RequireRegistered(instance.SiteId, cancellationToken);
        if (instance.Status != InstanceStatus.Terminating)
        {
            var now = clock.Now();
            await db.Execute(Sql.Of<DeleteInstanceHandler>("MarkTerminating"), new { instance.Id, now }, cancellationToken);
            await ComputeModule.History.Append(
                db, instance.Id, nameof(InstanceStatus.Terminating), "Instance is being released", now, cancellationToken);
        }

        await commands.Enqueue(
            AtSite.InstanceAtSite.Command(instance, SiteOperation.Delete) with
            {
                Arguments = JsonSerializer.Serialize(new AtSite.ReleaseArguments(request.MachineHealthIssue, request.IsRepairTenant ?? false), Wire.Json),
            },
            cancellationToken);
        return Unit.Value;
    }
}
