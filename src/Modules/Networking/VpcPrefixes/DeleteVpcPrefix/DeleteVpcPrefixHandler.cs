using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.VpcPrefixes.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.VpcPrefixes.DeleteVpcPrefix;

internal sealed class DeleteVpcPrefixHandler(
    ActingAs acting, Db db, VpcPrefixRows rows, VpcPrefixAtSite prefixes, ISites sites, IMediator mediator, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteVpcPrefix, Unit>
{
    public async Task<Unit> Handle(DeleteVpcPrefix request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.NotFound, cancellationToken);
        var prefix = await rows.Lock(request.VpcPrefixId, tenantId, cancellationToken);
        if (prefix.Status == VpcPrefixStatus.Deleting)
        {
            return Unit.Value;
        }

        await sites.RequireRegistered(prefix.SiteId, cancellationToken);
        await mediator.Publish(new VpcPrefixDeleting(prefix.Id), cancellationToken);
        await prefixes.BeginDeletion(db, prefix.Id, clock.Now(), cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = prefix.SiteId,
                Kind = NetworkingKinds.VpcPrefix,
                ResourceId = prefix.Id.ToString(),
                Operation = SiteOperation.Delete,
            },
            cancellationToken);
        return Unit.Value;
    }
}
