using System.Text.Json.Nodes;
using MediatR;
using Nico.Hardware.Contracts;
using Nico.Hardware.Sites.Pairing;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Sites.UpdateSite;

internal sealed class UpdateSiteHandler(
    ActingAs acting, Db db, SeenSite seen, IMediator mediator, RegistrationTokens tokens, TimeProvider clock)
    : IRequestHandler<UpdateSite, Guid>
{
    public async Task<Guid> Handle(UpdateSite request, CancellationToken cancellationToken)
    {
        var sides = await acting.Sides(cancellationToken);
        var site = await db.OneOrNone<Site>(Sql.Of<UpdateSiteHandler>("LockSite"), new { request.SiteId, tenantId = sides.Tenant?.Id }, cancellationToken)
            ?? throw Problem.NotFound("Site", request.SiteId);
        RequireOwner(request, seen.ViewOf(site, sides));
        RequireRegistered(request, site);
        if (request.Capabilities?.NativeNetworking is false && site.NativeNetworking)
        {
            await mediator.Publish(new NativeNetworkingEnding(site.Id), cancellationToken);
        }

        var now = clock.Now();
        var isRenewed = request.RenewRegistrationToken is true;
        var token = isRenewed ? tokens.Make() : null;
        var status = isRenewed && site.Status != SiteStatus.Registered ? SiteStatus.Pending : site.Status;
        var args = new
        {
            request.SiteId,
            request.Name,
            request.Description,
            request.SerialConsoleHostname,
            request.IsSerialConsoleEnabled,
            request.SerialConsoleIdleTimeout,
            request.SerialConsoleMaxSessionLength,
            request.Location,
            request.Contact,
            nativeNetworking = request.Capabilities?.NativeNetworking,
            networkSecurityGroup = request.Capabilities?.NetworkSecurityGroup,
            nvLinkPartition = request.Capabilities?.NvLinkPartition,
            flow = request.Capabilities?.Flow,
            imageBasedOperatingSystem = request.Capabilities?.ImageBasedOperatingSystem,
            token = token?.Sealed,
            hash = token?.Hash,
            expiration = token?.Expiration,
            status = status.ToString(),
            changes = request.Changes().Any(),
            now,
        };
        if (!await db.Claims(Sql.Of<UpdateSiteHandler>("UpdateSite"), args, cancellationToken))
        {
            var other = await SiteRows.IdOfName(db, site.InfrastructureProviderId, request.Name!, cancellationToken);
            throw Problem.Conflict($"The provider has a site named {request.Name} already", other ?? site.Id);
        }

        if (isRenewed && status == SiteStatus.Pending)
        {
            await HardwareModule.SiteHistory.Append(db, site.Id, nameof(SiteStatus.Pending), SiteMessages.Renewed, now, cancellationToken);
        }

        return site.Id;
    }

    /// <summary>
    /// Only an administrator of the provider that owns the site changes it, whatever other sides the caller has. Who merely sees the
    /// site is told so; for anyone else there is no such site.
    /// </summary>
    private static void RequireOwner(UpdateSite request, SiteView? view)
    {
        if (view == SiteView.Administrator)
        {
            return;
        }

        if (view is null)
        {
            throw Problem.NotFound("Site", request.SiteId);
        }

        var details = new JsonObject();
        foreach (var field in request.Changes())
        {
            details[field] = "can be changed by the site's provider only";
        }

        throw details.Count == 0
            ? Problem.Forbidden("Only the site's provider can change it")
            : new Problem(400, "Only the site's provider can change it", details);
    }

    private static void RequireRegistered(UpdateSite request, Site site)
    {
        if (site.Status == SiteStatus.Registered)
        {
            return;
        }

        var message = $"can be changed only while the site is Registered, and it is {site.Status}";
        if (request.IsSerialConsoleEnabled is { } enabled && enabled != site.IsSerialConsoleEnabled)
        {
            throw Problem.Invalid(Wire.Name(nameof(UpdateSite.IsSerialConsoleEnabled)), message);
        }

        if (request.SerialConsoleIdleTimeout is not null)
        {
            throw Problem.Invalid(Wire.Name(nameof(UpdateSite.SerialConsoleIdleTimeout)), message);
        }

        if (request.SerialConsoleMaxSessionLength is not null)
        {
            throw Problem.Invalid(Wire.Name(nameof(UpdateSite.SerialConsoleMaxSessionLength)), message);
        }
    }
}
