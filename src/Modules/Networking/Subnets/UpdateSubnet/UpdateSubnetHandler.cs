using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Subnets.UpdateSubnet;

internal sealed class UpdateSubnetHandler(ActingAs acting, Db db, TimeProvider clock)
    : IRequestHandler<UpdateSubnet, Guid>
{
    public async Task<Guid> Handle(UpdateSubnet request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, cancellationToken);
        var subnet = await db.OneOrNone<Subnet>(
            Sql.Of<DeleteSubnet.DeleteSubnetHandler>("LockSubnet"), new { request.SubnetId, tenantId = tenant.Id }, cancellationToken)
            ?? throw Problem.NotFound("Subnet", request.SubnetId);
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
            var other = await db.OneOrNone<Guid?>(Sql.Of<CreateSubnet.CreateSubnetHandler>("IdOfName"), args, ct);
            throw Problem.Conflict($"The tenant has a subnet named '{subnet.Name}' at this site already", other ?? subnet.Id);
        }
    }
}
