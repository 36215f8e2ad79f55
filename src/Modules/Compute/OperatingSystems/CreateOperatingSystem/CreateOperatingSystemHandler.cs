using MediatR;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Compute.OperatingSystems.CreateOperatingSystem;

internal sealed class CreateOperatingSystemHandler(
    ActingAs acting,
    Caller caller,
    Db db,
    ISites sites,
    PhoneHome phoneHome,
    ImageToken tokens,
    BootTexts texts,
    OperatingSystemRows rows,
    ISiteCommands commands,
    ObjectLimits limits,
    TimeProvider clock)
    : IRequestHandler<CreateOperatingSystem, Guid>
{
    public async Task<Guid> Handle(CreateOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, cancellationToken);
        await limits.Require("OperatingSystem", tenant.Id, Sql.Of<CreateOperatingSystemHandler>("CountOwned"), 1, cancellationToken);
        if (request.TenantId is { } named && named != tenant.Id)
        {
            throw Problem.Invalid("tenantId", "must be the org's own tenant");
        }

        if (request.IpxeScript is not null)
        {
            await sites.RequireSeen(request.SiteIds ?? [], "siteIds", cancellationToken);
        }

        var system = Define(request, tenant, clock.Now());
        if (system.Type == OperatingSystemType.Image)
        {
            var site = await sites.RequireUsable(request.SiteIds![0], tenant.Id, "siteIds", cancellationToken);
            if (!site.Capabilities.ImageBasedOperatingSystem)
            {
                throw Problem.Invalid("siteIds", $"site {site.Id} does not keep images of operating systems");
            }
        }

        await Insert(system, cancellationToken);
        await ComputeModule.OperatingSystemHistory.Append(
            db, system.Id, system.Status.ToString(), OperatingSystemStatuses.Message(system.Status), system.Created, cancellationToken);
        if (system.Type == OperatingSystemType.Image)
        {
            await SendTo(request.SiteIds![0], system, cancellationToken);
        }

        return system.Id;
    }

    /// <summary>Fields of an image beside an iPXE script are dropped.</summary>
    private OperatingSystem Define(CreateOperatingSystem request, TenantRef tenant, DateTime now)
    {
        var phonesHome = request.PhoneHomeEnabled ?? false;
        var system = new OperatingSystem
        {
            Id = Guid.CreateVersion7(),
            Name = request.Name!,
            Description = request.Description,
            TenantId = tenant.Id,
            Org = tenant.Org,
            Type = OperatingSystemType.iPXE,
            IpxeScript = texts.Seal(request.IpxeScript),
            UserData = texts.Seal(phonesHome ? phoneHome.Insert(request.UserData) : request.UserData),
            IsCloudInit = request.IsCloudInit ?? false,
            PhoneHomeEnabled = phonesHome,
            AllowOverride = request.AllowOverride ?? false,
            IsActive = true,
            Status = OperatingSystemStatus.Ready,
            Created = now,
            Updated = now,
        };
        return request.ImageUrl is null ? system : system with
        {
            Type = OperatingSystemType.Image,
            Status = OperatingSystemStatus.Syncing,
            ImageUrl = request.ImageUrl,
            ImageSha = request.ImageSha,
            ImageAuthType = request.ImageAuthType,
            ImageAuthToken = tokens.Seal(request.ImageAuthToken),
            ImageDisk = request.ImageDisk,
            RootFsId = request.RootFsId,
            RootFsLabel = request.RootFsLabel,
        };
    }

    private async Task Insert(OperatingSystem system, CancellationToken ct)
    {
        var args = new
        {
            system.Id,
            system.Name,
            system.Description,
            system.TenantId,
            system.Org,
            type = system.Type.ToString(),
            system.IpxeScript,
            system.UserData,
            system.IsCloudInit,
            system.PhoneHomeEnabled,
            system.AllowOverride,
            status = system.Status.ToString(),
            system.ImageUrl,
            system.ImageSha,
            system.ImageAuthType,
            system.ImageAuthToken,
            system.ImageDisk,
            system.RootFsId,
            system.RootFsLabel,
            system.Created,
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateOperatingSystemHandler>("CreateOperatingSystem"), args, ct) == 0)
        {
            throw await rows.NameTaken(system, ct);
        }

        await rows.RequireNotPromised(system, ct);
    }

    private async Task SendTo(Guid siteId, OperatingSystem system, CancellationToken ct)
    {
        await db.Execute(
            Sql.Of<CreateOperatingSystemHandler>("AddSite"),
            new { system.Id, siteId, version = ImageVersion.Of(system), now = system.Created },
            ct);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = siteId,
                Kind = AtSite.OsImageAtSite.Kind,
                ResourceId = system.Id.ToString(),
                Operation = SiteOperation.Create,
                After = [(HardwareKinds.Tenant, system.Org!)],
            },
            ct);
    }
}
