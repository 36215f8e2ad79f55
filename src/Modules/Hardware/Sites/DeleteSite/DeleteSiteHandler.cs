using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Sites.DeleteSite;

/// <summary>Marks the site: no query shows it from then on, the link forgets its controller, and <see cref="SiteRemoval"/> does the rest.</summary>
internal sealed class DeleteSiteHandler(
    Caller caller, Db db, IOrganizations organizations, ISiteConnections connections, SiteRemoval removal, TimeProvider clock)
    : IRequestHandler<DeleteSite, Unit>
{
    public async Task<Unit> Handle(DeleteSite request, CancellationToken cancellationToken)
    {
        var provider = await organizations.Provider(caller.Org, cancellationToken)
            ?? throw Problem.Forbidden($"Org {caller.Org} is no infrastructure provider");
        var args = new { request.SiteId, providerId = provider.Id, now = clock.Now() };
        if (!await db.One<bool>(Sql.Of<DeleteSiteHandler>("HasSite"), args, cancellationToken))
        {
            throw Problem.NotFound("Site", request.SiteId);
        }

        // A round that writes holds its turn and comes to the site's row last: locked in that order, neither ends in a deadlock.
        await connections.HoldRounds(request.SiteId, cancellationToken);
        if (await db.OneOrNone<Guid?>(Sql.Of<DeleteSiteHandler>("LockSite"), args, cancellationToken) is null)
        {
            throw Problem.NotFound("Site", request.SiteId);
        }

        if (await db.One<bool>("select exists (select 1 from hardware.tenant_site where site_id = @SiteId)", args, cancellationToken))
        {
            throw Problem.Forbidden($"Site {request.SiteId} has allocations: delete them first");
        }

        await db.Execute(Sql.Of<DeleteSiteHandler>("MarkDeleted"), args, cancellationToken);
        await connections.Disconnect(request.SiteId, cancellationToken);
        db.AfterCommit(_ =>
        {
            removal.Wake();
            return Task.CompletedTask;
        });
        return Unit.Value;
    }
}
