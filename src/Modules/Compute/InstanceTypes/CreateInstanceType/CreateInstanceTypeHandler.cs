using MediatR;
using Nico.Compute.Contracts;
using Nico.Compute.InstanceTypes.AtSite;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Compute.InstanceTypes.CreateInstanceType;

internal sealed class CreateInstanceTypeHandler(
    ActingAs acting,
    Caller caller,
    Db db,
    ISites sites,
    InstanceTypeAtSite types,
    ISiteCommands commands,
    ObjectLimits limits,
    TimeProvider clock) : IRequestHandler<CreateInstanceType, Guid>
{
    public async Task<Guid> Handle(CreateInstanceType request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.Invalid, cancellationToken);
        await limits.Require("InstanceType", providerId, Sql.Of<CreateInstanceTypeHandler>("CountOwned"), 1, cancellationToken);
        await sites.RequireOwn(request.SiteId!.Value, providerId, "siteId", cancellationToken);
        var now = clock.Now();
        var type = new InstanceType
        {
            Id = Guid.CreateVersion7(),
            Name = request.Name!,
            Description = request.Description,
            ControllerMachineType = request.ControllerMachineType,
            InfrastructureProviderId = providerId,
            SiteId = request.SiteId.Value,
            Labels = request.Labels ?? [],
            Capabilities = new(request.MachineCapabilities?.Select(part => part.ToPart()) ?? []),
            Status = InstanceTypeStatus.Ready,
            Created = now,
            Updated = now,
        };
        var args = new
        {
            type.Id,
            type.Name,
            type.Description,
            type.ControllerMachineType,
            type.InfrastructureProviderId,
            type.SiteId,
            type.Labels,
            type.Capabilities,
            type.Created,
            by = caller.UserId,
        };
        var isTaken = await db.Execute(Sql.Of<CreateInstanceTypeHandler>("CreateInstanceType"), args, cancellationToken) > 0;
        await types.RequireName(db, isTaken, type.Id, providerId, type.SiteId, type.Name, cancellationToken);
        await ComputeModule.InstanceTypeHistory.Append(db, type.Id, nameof(InstanceTypeStatus.Ready), "Instance type is ready for use", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand { SiteId = type.SiteId, Kind = ComputeKinds.InstanceType, ResourceId = type.Id.ToString(), Operation = SiteOperation.Create },
            cancellationToken);
        return type.Id;
    }
}
