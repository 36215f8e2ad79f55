using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.OperatingSystems.DeleteOperatingSystem;

internal sealed class DeleteOperatingSystemHandler(
    ActingAs acting, Db db, ISites sites, OperatingSystemRows rows, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<DeleteOperatingSystem, Unit>
{
    public async Task<Unit> Handle(DeleteOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        var system = await rows.Lock(request.OperatingSystemId, tenantId, cancellationToken);
        if (system.Status == OperatingSystemStatus.Deleting)
        {
            return Unit.Value;
        }

        var theirSites = (await rows.SitesOf([system.Id], cancellationToken))[system.Id].ToArray();
        foreach (var site in theirSites)
        {
            await sites.RequireRegistered(site.SiteId, cancellationToken);
        }

        if (await OperatingSystemRows.IsInUse(db, system.Id, cancellationToken))
        {
            throw Problem.Invalid($"Operating system {system.Id} is used by instances: delete them first");
        }

        if (theirSites.Length == 0)
        {
            await OperatingSystemRows.Remove(db, [system.Id], cancellationToken);
            return Unit.Value;
        }

        var now = clock.Now();
        await db.Execute(Sql.Of<DeleteOperatingSystemHandler>("MarkDeleting"), new { system.Id, now }, cancellationToken);
        await OperatingSystemStatuses.Settle(db, [system.Id], now, cancellationToken);
        foreach (var site in theirSites)
        {
            await commands.Enqueue(
                new SiteCommand
                {
                    SiteId = site.SiteId,
                    Kind = AtSite.OsImageAtSite.Kind,
                    ResourceId = system.Id.ToString(),
                    Operation = SiteOperation.Delete,
                },
                cancellationToken);
        }

        return Unit.Value;
    }
}
