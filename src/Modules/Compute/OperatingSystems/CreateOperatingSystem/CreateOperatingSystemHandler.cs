using MediatR;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.OperatingSystems.CreateOperatingSystem;

internal sealed class CreateOperatingSystemHandler(
    Caller caller, Db db, IOrganizations organizations, ISites sites, PhoneHome phoneHome, TimeProvider clock)
    : IRequestHandler<CreateOperatingSystem, OperatingSystemResponse>
{
    public async Task<OperatingSystemResponse> Handle(CreateOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        if (request.TenantId is { } named && named != tenant.Id)
        {
            throw Problem.Invalid("tenantId", "must be the org's own tenant");
        }

        if (request.ImageUrl is not null)
        {
            await RefuseImage(request.SiteIds![0], tenant, cancellationToken);
        }

        var now = clock.Now();
        var phonesHome = request.PhoneHomeEnabled ?? false;
        var system = new OperatingSystem
        {
            Id = Guid.CreateVersion7(),
            Name = request.Name!,
            Description = request.Description,
            TenantId = tenant.Id,
            Type = OperatingSystemType.iPXE,
            IpxeScript = request.IpxeScript,
            UserData = phonesHome ? phoneHome.Insert(request.UserData) : request.UserData,
            IsCloudInit = request.IsCloudInit ?? false,
            PhoneHomeEnabled = phonesHome,
            AllowOverride = request.AllowOverride ?? false,
            IsActive = true,
            Status = OperatingSystemStatus.Ready,
            Created = now,
            Updated = now,
        };
        await Insert(system, cancellationToken);
        await ComputeModule.History.Append(
            db, system.Id, nameof(OperatingSystemStatus.Ready), "Operating system is ready for use", now, cancellationToken);
        return system.ToResponse(await ComputeModule.History.Newest(db, system.Id, 1, cancellationToken));
    }

    /// <summary>No site keeps images yet: whichever is named, the answer is that of a site which does not.</summary>
    private async Task RefuseImage(Guid siteId, TenantRef tenant, CancellationToken ct)
    {
        var site = await sites.RequireUsable(siteId, tenant.Id, "siteIds", ct);
        throw Problem.Invalid("siteIds", $"site {site.Id} does not keep images of operating systems");
    }

    private async Task Insert(OperatingSystem system, CancellationToken ct)
    {
        var args = new
        {
            system.Id,
            system.Name,
            system.Description,
            system.TenantId,
            type = system.Type.ToString(),
            system.IpxeScript,
            system.UserData,
            system.IsCloudInit,
            system.PhoneHomeEnabled,
            system.AllowOverride,
            status = system.Status.ToString(),
            system.Created,
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateOperatingSystemHandler>("CreateOperatingSystem"), args, ct) == 0)
        {
            var other = await db.OneOrNone<Guid?>(Sql.Of<CreateOperatingSystemHandler>("IdOfName"), args, ct);
            throw Problem.Conflict($"The tenant has an operating system named '{system.Name}' already", other ?? system.Id);
        }
    }
}
