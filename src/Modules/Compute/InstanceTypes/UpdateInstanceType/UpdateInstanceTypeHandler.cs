using MediatR;
using Nico.Compute.Contracts;
using Nico.Compute.InstanceTypes.AtSite;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.InstanceTypes.UpdateInstanceType;

internal sealed class UpdateInstanceTypeHandler(
    ActingAs acting,
    Db db,
    IInstanceTypeMachines machines,
    InstanceTypeRows rows,
    InstanceTypeAtSite types,
    ISiteCommands commands,
    TimeProvider clock) : IRequestHandler<UpdateInstanceType, Guid>
{
    public async Task<Guid> Handle(UpdateInstanceType request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        var type = await rows.RequireOwn(request.InstanceTypeId, providerId, cancellationToken);
        if (type.Status == InstanceTypeStatus.Deleting)
        {
            throw Problem.Conflict($"Instance type {type.Id} is Deleting");
        }

        if (request.MachineCapabilities is not null && (await machines.Counts([type.Id], cancellationToken)).Count > 0)
        {
            throw new Problem(412, $"Instance type {type.Id} has machines: what they are built of cannot be changed");
        }

        var changed = type with
        {
            Name = request.Name ?? type.Name,
            Description = request.Description ?? type.Description,
            Labels = request.Labels ?? type.Labels,
            Capabilities = request.MachineCapabilities is { } parts ? new(parts.Select(part => part.ToPart())) : type.Capabilities,
        };
        if (IsSame(type, changed))
        {
            return type.Id;
        }

        var command = type.IsToldToSite ? await types.BeginChange(db, type.Id, cancellationToken) : null;
        var isTaken = await db.Claims(Sql.Of<UpdateInstanceTypeHandler>("UpdateInstanceType"), changed with { Updated = clock.Now() }, cancellationToken);
        if (changed.Name != type.Name)
        {
            await types.RequireName(db, isTaken, type.Id, providerId, type.SiteId, changed.Name, cancellationToken);
            await InstanceTypeRows.Renamed(db, changed.Id, changed.Name, cancellationToken);
        }

        if (command is not null)
        {
            await commands.Enqueue(command, cancellationToken);
        }

        return type.Id;
    }

    private static bool IsSame(InstanceType was, InstanceType now) =>
        was.Name == now.Name
        && was.Description == now.Description
        && was.Labels.Count == now.Labels.Count
        && was.Labels.All(label => now.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
        && was.Capabilities.Count == now.Capabilities.Count
        && was.Capabilities.Zip(now.Capabilities).All(pair => pair.First.Is(pair.Second));
}
