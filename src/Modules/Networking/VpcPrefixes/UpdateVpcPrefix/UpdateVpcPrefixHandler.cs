using MediatR;
using Nico.Identity.Contracts;
using Nico.Networking.VpcPrefixes.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.VpcPrefixes.UpdateVpcPrefix;

internal sealed class UpdateVpcPrefixHandler(
    ActingAs acting, Db db, VpcPrefixRows rows, VpcPrefixAtSite prefixes, ISiteCommands commands, TimeProvider clock)
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

        var command = prefix.IsToldToSite ? await prefixes.BeginChange(db, prefix.Id, cancellationToken) : null;
        var changed = prefix with { Name = request.Name ?? prefix.Name, Updated = clock.Now() };
        var isTaken = await db.Claims(Sql.Of<UpdateVpcPrefixHandler>("UpdateVpcPrefix"), changed, cancellationToken);
        await prefixes.RequireName(db, isTaken, prefix.Id, prefix.TenantId, prefix.SiteId, changed.Name, cancellationToken);
        if (command is not null)
        {
            await commands.Enqueue(command, cancellationToken);
        }

        return prefix.Id;
    }
}
