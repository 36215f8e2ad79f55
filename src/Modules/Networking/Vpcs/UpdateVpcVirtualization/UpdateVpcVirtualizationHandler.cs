using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.UpdateVpcVirtualization;

internal sealed class UpdateVpcVirtualizationHandler(
    ActingAs acting, VpcRows rows, VpcVirtualization virtualization, ISiteCommands commands)
    : IRequestHandler<UpdateVpcVirtualization, Guid>
{
    public async Task<Guid> Handle(UpdateVpcVirtualization request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var vpc = await rows.Lock(request.VpcId, tenantId, cancellationToken);
        await virtualization.Begin(vpc, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = NetworkingKinds.VpcVirtualization,
                ResourceId = vpc.Id.ToString(),
                Operation = SiteOperation.Update,
                After = [(NetworkingKinds.Vpc, vpc.Id.ToString())],
            },
            cancellationToken);
        return vpc.Id;
    }
}
