using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Vpcs.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.DeleteVpc;

internal sealed class DeleteVpcHandler(
    ActingAs acting, Db db, VpcRows rows, VpcAtSite vpcs, ISites sites, IMediator mediator, ISiteCommands commands, TimeProvider clock)
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
        await vpcs.BeginDeletion(db, vpc.Id, clock.Now(), cancellationToken);
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
