using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.VpcPrefixes.UpdateVpcPrefix;

internal sealed class UpdateVpcPrefixHandler(
    ActingAs acting, Db db, VpcPrefixRows rows, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<UpdateVpcPrefix, Guid>
{
    public async Task<Guid> Handle(UpdateVpcPrefix request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        var prefix = await rows.Lock(request.VpcPrefixId, tenantId, cancellationToken);
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
            throw await rows.NameTaken(prefix, ct);
        }

        await AtSite.VpcPrefixAtSite.Changes.RequireNotPromised(db, prefix.Id, prefix.TenantId, prefix.SiteId, prefix.Name, ct);
    }
}
