using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.UpdateVpcVirtualization;

internal sealed class UpdateVpcVirtualizationHandler(
    Caller caller, Db db, IOrganizations organizations, VpcVirtualization virtualization, ISiteCommands commands)
    : IRequestHandler<UpdateVpcVirtualization, Guid>
{
    public async Task<Guid> Handle(UpdateVpcVirtualization request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 403, cancellationToken);
        var vpc = await db.OneOrNone<Vpc>(Sql.Of<DeleteVpc.DeleteVpcHandler>("LockVpc"), new { request.VpcId, tenantId = tenant.Id }, cancellationToken)
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
