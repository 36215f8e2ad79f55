using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Subnets.UpdateSubnet;

internal sealed class UpdateSubnetHandler(ActingAs acting, Db db, SubnetRows rows, TimeProvider clock)
    : IRequestHandler<UpdateSubnet, Guid>
{
    public async Task<Guid> Handle(UpdateSubnet request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        var subnet = await rows.Lock(request.SubnetId, tenantId, cancellationToken);
        var changed = subnet with
        {
            Name = request.Name ?? subnet.Name,
            Description = request.Description ?? subnet.Description,
            Updated = clock.Now(),
        };
        await Write(changed, cancellationToken);
        return subnet.Id;
    }

    private async Task Write(Subnet subnet, CancellationToken ct)
    {
        var args = new { subnet.Id, subnet.TenantId, subnet.SiteId, subnet.Name, subnet.Description, subnet.Updated };
        if (!await db.Claims(Sql.Of<UpdateSubnetHandler>("UpdateSubnet"), args, ct))
        {
            throw await rows.NameTaken(subnet, ct);
        }
    }
}
