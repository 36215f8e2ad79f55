using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.DeleteVpc;

internal sealed class DeleteVpcHandler(
    ActingAs acting, Db db, VpcRows rows, ISites sites, IMediator mediator, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteVpc, Unit>
{
    public async Task<Unit> Handle(DeleteVpc request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.NotFound, cancellationToken);
        var vpc = await rows.Lock(request.VpcId, tenantId, cancellationToken);
        if (vpc.Status == VpcStatus.Deleting)
        {
            return Unit.Value;
        }

        await sites.RequireRegistered(vpc.SiteId, cancellationToken);
        if (await rows.HasNetworks(vpc.Id, cancellationToken))
        {
            throw Problem.Invalid($"VPC {vpc.Id} still has subnets or VPC prefixes: delete them first");
        }

        await mediator.Publish(new VpcDeleting(vpc.Id), cancellationToken);
        var now = clock.Now();
        await db.Execute(Sql.Of<DeleteVpcHandler>("MarkDeleting"), new { request.VpcId, now }, cancellationToken);
        await NetworkingModule.VpcHistory.Append(db, vpc.Id, nameof(VpcStatus.Deleting), "VPC is being deleted", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = NetworkingKinds.Vpc,
                ResourceId = vpc.Id.ToString(),
                Operation = SiteOperation.Delete,
                After = [(NetworkingKinds.VpcVirtualization, vpc.Id.ToString())],
            },
            cancellationToken);
        return Unit.Value;
    }
}
