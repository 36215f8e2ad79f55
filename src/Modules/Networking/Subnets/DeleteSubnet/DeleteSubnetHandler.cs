using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Subnets.DeleteSubnet;

internal sealed class DeleteSubnetHandler(
    Caller caller, Db db, IOrganizations organizations, ISites sites, IMediator mediator, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteSubnet, Unit>
{
    public async Task<Unit> Handle(DeleteSubnet request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 404, cancellationToken);
        var args = new { request.SubnetId, tenantId = tenant.Id };
        var prefix = await db.OneOrNone<Subnet>(Sql.Of<DeleteSubnetHandler>("LockSubnet"), args, cancellationToken)
            ?? throw Problem.NotFound("subnet", request.SubnetId);
        if (prefix.Status == SubnetStatus.Deleting)
        {
            return Unit.Value;
        }

        await sites.RequireRegistered(prefix.SiteId, cancellationToken);
        await mediator.Publish(new SubnetDeleting(prefix.Id), cancellationToken);
        var now = clock.Now();
        await db.Execute(Sql.Of<DeleteSubnetHandler>("MarkDeleting"), new { id = prefix.Id, now }, cancellationToken);
        await NetworkingModule.History.Append(db, prefix.Id, nameof(SubnetStatus.Deleting), "subnet is being deleted", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = prefix.SiteId,
                Kind = AtSite.SubnetAtSite.Kind,
                ResourceId = prefix.Id.ToString(),
                Operation = SiteOperation.Delete,
            },
            cancellationToken);
        return Unit.Value;
    }
}
