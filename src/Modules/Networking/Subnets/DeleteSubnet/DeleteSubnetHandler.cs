using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Subnets.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Subnets.DeleteSubnet;

internal sealed class DeleteSubnetHandler(
    ActingAs acting, Db db, SubnetRows rows, SubnetAtSite subnets, ISites sites, IMediator mediator, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteSubnet, Unit>
{
    public async Task<Unit> Handle(DeleteSubnet request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.NotFound, cancellationToken);
        var subnet = await rows.Lock(request.SubnetId, tenantId, cancellationToken);
        if (subnet.Status == SubnetStatus.Deleting)
        {
            return Unit.Value;
        }

        await sites.RequireRegistered(subnet.SiteId, cancellationToken);
        await mediator.Publish(new SubnetDeleting(subnet.Id), cancellationToken);
        await subnets.BeginDeletion(db, subnet.Id, clock.Now(), cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = subnet.SiteId,
                Kind = NetworkingKinds.Subnet,
                ResourceId = subnet.Id.ToString(),
                Operation = SiteOperation.Delete,
            },
            cancellationToken);
        return Unit.Value;
    }
}
