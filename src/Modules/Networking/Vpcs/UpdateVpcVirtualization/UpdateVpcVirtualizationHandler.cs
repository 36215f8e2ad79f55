using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.UpdateVpcVirtualization;

internal sealed class UpdateVpcVirtualizationHandler(
    ActingAs acting, Db db, VpcVirtualization virtualization, ISiteCommands commands)
    : IRequestHandler<UpdateVpcVirtualization, Guid>
{
    public async Task<Guid> Handle(UpdateVpcVirtualization request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var vpc = await db.OneOrNone<Vpc>(Sql.Of<DeleteVpc.DeleteVpcHandler>("LockVpc"), new { request.VpcId, tenantId }, cancellationToken)
            ?? throw Problem.NotFound("VPC", request.VpcId);
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
