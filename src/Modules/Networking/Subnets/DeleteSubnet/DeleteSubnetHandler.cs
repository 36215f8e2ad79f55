using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Subnets.DeleteSubnet;

internal sealed class DeleteSubnetHandler(
    ActingAs acting, Db db, SubnetRows rows, ISites sites, IMediator mediator, ISiteCommands commands, TimeProvider clock)
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
        var now = clock.Now();
        await db.Execute(Sql.Of<DeleteSubnetHandler>("MarkDeleting"), new { id = subnet.Id, now }, cancellationToken);
        await NetworkingModule.SubnetHistory.Append(db, subnet.Id, nameof(SubnetStatus.Deleting), "Subnet is being deleted", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = subnet.SiteId,
                Kind = AtSite.SubnetAtSite.Kind,
                ResourceId = subnet.Id.ToString(),
                Operation = SiteOperation.Delete,
            },
            cancellationToken);
        return Unit.Value;
    }
}
