using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.VpcPrefixes.UpdateVpcPrefix;

internal sealed class UpdateVpcPrefixHandler(
    ActingAs acting, Db db, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<UpdateVpcPrefix, Guid>
{
    public async Task<Guid> Handle(UpdateVpcPrefix request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, cancellationToken);
        var prefix = await db.OneOrNone<VpcPrefix>(
            Sql.Of<DeleteVpcPrefix.DeleteVpcPrefixHandler>("LockVpcPrefix"), new { request.VpcPrefixId, tenantId = tenant.Id }, cancellationToken)
            ?? throw Problem.NotFound("VPC prefix", request.VpcPrefixId);
        if (prefix.Status == VpcPrefixStatus.Deleting)
        {
            throw Problem.Conflict($"VPC prefix {prefix.Id} is Deleting");
        }

        var changed = prefix with
        {
            Name = request.Name ?? prefix.Name,
            Revision = prefix.Revision + 1,
            Updated = clock.Now(),
            Undo = AtSite.VpcPrefixAtSite.Changes.Undoing(
                prefix.Id, prefix.Undo, new Replaced { Revision = prefix.Revision, Name = prefix.Name }),
        };
        await Write(changed, prefix.IsToldToSite, cancellationToken);
        if (prefix.IsToldToSite)
        {
            await commands.Enqueue(AtSite.VpcPrefixAtSite.Changes.Command(prefix.Id, prefix.SiteId, changed.Revision), cancellationToken);
        }

        return prefix.Id;
    }

    private async Task Write(VpcPrefix prefix, bool isTold, CancellationToken ct)
    {
        var args = new { prefix.Id, prefix.TenantId, prefix.SiteId, prefix.Name, prefix.Revision, undo = isTold ? prefix.Undo : null, prefix.Updated };
        if (!await db.Claims(Sql.Of<UpdateVpcPrefixHandler>("UpdateVpcPrefix"), args, ct))
        {
            var other = await db.OneOrNone<Guid?>(Sql.Of<CreateVpcPrefix.CreateVpcPrefixHandler>("IdOfName"), args, ct);
            throw Problem.Conflict($"The tenant has a VPC prefix named '{prefix.Name}' at this site already", other ?? prefix.Id);
        }

        await AtSite.VpcPrefixAtSite.Changes.RequireNotPromised(db, prefix.Id, prefix.TenantId, prefix.SiteId, prefix.Name, ct);
    }
}
