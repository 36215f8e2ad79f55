using MediatR;
using Nico.Compute.Contracts;
using Nico.Compute.InstanceTypes.AtSite;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.InstanceTypes.DeleteInstanceType;

internal sealed class DeleteInstanceTypeHandler(
    ActingAs acting, Db db, InstanceTypeRows rows, InstanceTypeAtSite types, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteInstanceType, Unit>
{
    public async Task<Unit> Handle(DeleteInstanceType request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var type = await rows.RequireOwn(request.InstanceTypeId, providerId, cancellationToken);
        if (type.Status == InstanceTypeStatus.Deleting)
        {
            return Unit.Value;
        }

        if (await InstanceTypeRows.IsUsed(db, type.Id, cancellationToken))
        {
            throw Problem.Invalid($"Instance type {type.Id} still has allocations or instances: delete them first");
        }

        await types.BeginDeletion(db, type.Id, clock.Now(), cancellationToken);
        await commands.Enqueue(
            new SiteCommand { SiteId = type.SiteId, Kind = ComputeKinds.InstanceType, ResourceId = type.Id.ToString(), Operation = SiteOperation.Delete },
            cancellationToken);
        return Unit.Value;
    }
}
