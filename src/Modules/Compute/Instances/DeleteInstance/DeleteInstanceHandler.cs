using System.Text.Json;
using MediatR;
using Nico.Compute.Instances.AtSite;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.Instances.DeleteInstance;

internal sealed class DeleteInstanceHandler(
    ActingAs acting, Db db, ISites sites, InstanceRows rows, InstanceAtSite instances, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteInstance, Unit>
{
    public async Task<Unit> Handle(DeleteInstance request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Forbidden, cancellationToken);
        var instance = await rows.Lock(request.InstanceId, tenant.Id, cancellationToken);
        if (request.IsRepairTenant is true && !tenant.Privileged.Has(instance.InfrastructureProviderId, instance.SiteId))
        {
            throw Problem.Forbidden("Only a tenant that may choose machines can act as a repair tenant");
        }

        // A second order has nothing to add, unless it says more of the machine.
        if (instance.Status == InstanceStatus.Terminating && request is { MachineHealthIssue: null, IsRepairTenant: not true })
        {
            return Unit.Value;
        }

        await sites.RequireRegistered(instance.SiteId, cancellationToken);
        await instances.BeginDeletion(db, instance.Id, clock.Now(), cancellationToken);
        await commands.Enqueue(
            InstanceAtSite.Command(instance, SiteOperation.Delete) with
            {
                Arguments = JsonSerializer.Serialize(new ReleaseArguments(request.MachineHealthIssue, request.IsRepairTenant ?? false), Wire.Json),
            },
            cancellationToken);
        return Unit.Value;
    }
}
