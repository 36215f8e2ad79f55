using MediatR;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.OperatingSystems.UpdateOperatingSystem;

internal sealed class UpdateOperatingSystemHandler(
    ActingAs acting,
    Db db,
    ISites sites,
    PhoneHome phoneHome,
    ImageToken tokens,
    BootTexts texts,
    OperatingSystemRows rows,
    ISiteCommands commands,
    TimeProvider clock)
    : IRequestHandler<UpdateOperatingSystem, Guid>
{
    public async Task<Guid> Handle(UpdateOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, cancellationToken);
        var system = await rows.Lock(request.OperatingSystemId, tenant.Id, cancellationToken);
        if (system.Status == OperatingSystemStatus.Deleting)
        {
            throw Problem.Conflict($"Operating system {system.Id} is Deleting");
        }

        RequireActivityFits(request, system);
        RequireTypeFits(request, system);
        var changed = Change(request, system, clock.Now());
        RequireImageWhole(changed);
        var theirSites = system.Type == OperatingSystemType.Image ? (await rows.SitesOf([system.Id], cancellationToken))[system.Id].ToArray() : [];
        foreach (var site in theirSites)
        {
            await sites.RequireRegistered(site.SiteId, cancellationToken);
            if (!await sites.HoldUseBy(site.SiteId, tenant.Id, cancellationToken))
            {
                throw Problem.Invalid($"The tenant has no allocation at site {site.SiteId} any more");
            }
        }

        changed = changed with { Status = StatusOf(changed, theirSites.Length > 0) };
        var entry = Guid.CreateVersion7();
        if (theirSites.Length > 0)
        {
            await KeepReplaced(entry, system, cancellationToken);
        }

        await Write(changed, cancellationToken);
        await ComputeModule.OperatingSystemHistory.Append(db, entry, system.Id, changed.Status.ToString(), Message(request, changed), changed.Updated, cancellationToken);
        if (theirSites.Length > 0)
        {
            await SendTo(theirSites, changed, cancellationToken);
        }

        return system.Id;
    }

    private static void RequireActivityFits(UpdateOperatingSystem request, OperatingSystem system)
    {
        if (request.IsActive == system.IsActive)
        {
            throw Problem.Invalid("isActive", $"operating system {system.Id} is {(system.IsActive ? "active" : "not active")} already");
        }

        if (request.DeactivationNote is not null && system.IsActive && request.IsActive is null)
        {
            throw Problem.Invalid("deactivationNote", $"goes with isActive false: operating system {system.Id} is active");
        }
    }

    private static void RequireTypeFits(UpdateOperatingSystem request, OperatingSystem system)
    {
        if (system.Type == OperatingSystemType.iPXE && request.ImageUrl is not null)
        {
            throw Problem.Invalid("imageUrl", $"operating system {system.Id} is booted by script");
        }

        if (system.Type == OperatingSystemType.Image && request.IpxeScript is not null)
        {
            throw Problem.Invalid("ipxeScript", $"operating system {system.Id} is an image");
        }
    }

    private OperatingSystem Change(UpdateOperatingSystem request, OperatingSystem system, DateTime now)
    {
        var isActive = request.IsActive ?? system.IsActive;
        var changed = system with
        {
            Name = request.Name ?? system.Name,
            Description = request.Description ?? system.Description,
            IpxeScript = texts.Seal(request.IpxeScript) ?? system.IpxeScript,
            PhoneHomeEnabled = request.PhoneHomeEnabled ?? system.PhoneHomeEnabled,
            IsCloudInit = request.IsCloudInit ?? system.IsCloudInit,
            AllowOverride = request.AllowOverride ?? system.AllowOverride,
            IsActive = isActive,
            DeactivationNote = isActive ? null : request.DeactivationNote ?? system.DeactivationNote,
            Revision = system.Revision + 1,
            Updated = now,
        };
        changed = changed with { UserData = UserDataOf(request, system, changed.PhoneHomeEnabled) };
        return request.ImageUrl is null ? changed : changed with
        {
            ImageUrl = request.ImageUrl,
            ImageSha = request.ImageSha,
            ImageAuthType = request.ImageAuthType ?? system.ImageAuthType,
            ImageAuthToken = request.ImageAuthToken is { } token ? tokens.Seal(token) : system.ImageAuthToken,
            ImageDisk = request.ImageDisk ?? system.ImageDisk,
            RootFsId = request.RootFsId ?? system.RootFsId,
            RootFsLabel = request.RootFsLabel ?? system.RootFsLabel,
        };
    }

    /// <summary>User data is written anew only where the request says something about it.</summary>
    private BootText? UserDataOf(UpdateOperatingSystem request, OperatingSystem system, bool phonesHome)
    {
        if (request is { UserData: null, PhoneHomeEnabled: null })
        {
            return system.UserData;
        }

        var userData = request.UserData ?? texts.Open(system.UserData);
        return texts.Seal(phonesHome ? phoneHome.Insert(userData) : request.PhoneHomeEnabled is false ? phoneHome.Remove(userData) : userData);
    }

    private static void RequireImageWhole(OperatingSystem changed)
    {
        if (changed.Type != OperatingSystemType.Image)
        {
            return;
        }

        if (string.IsNullOrEmpty(changed.RootFsId) == string.IsNullOrEmpty(changed.RootFsLabel))
        {
            throw Problem.Invalid(
                "rootFsId",
                string.IsNullOrEmpty(changed.RootFsId) ? "or rootFsLabel is needed" : "does not go with rootFsLabel: the empty text takes the other away");
        }

        if (string.IsNullOrEmpty(changed.ImageAuthType) != changed.ImageAuthToken is null)
        {
            throw Problem.Invalid("imageAuthType", "goes with imageAuthToken");
        }
    }

    private static OperatingSystemStatus StatusOf(OperatingSystem changed, bool hasSites) =>
        !changed.IsActive ? OperatingSystemStatus.Deactivated : hasSites ? OperatingSystemStatus.Syncing : OperatingSystemStatus.Ready;

    private static string Message(UpdateOperatingSystem request, OperatingSystem changed) => request.IsActive switch
    {
        false when !string.IsNullOrEmpty(changed.DeactivationNote) => $"Operating system was deactivated: {changed.DeactivationNote}",
        false => "Operating system was deactivated",
        true => "Operating system was activated",
        null => "Operating system was changed",
    };

    private async Task KeepReplaced(Guid entry, OperatingSystem system, CancellationToken ct)
    {
        if (await db.Execute(Sql.Of<UpdateOperatingSystemHandler>("KeepReplaced"), new { entry, system.Id, most = AtSite.OsImageAtSite.MostChanges }, ct) == 0)
        {
            throw Problem.Conflict($"The site has not taken the last {AtSite.OsImageAtSite.MostChanges} changes of operating system {system.Id} yet");
        }
    }

    private async Task Write(OperatingSystem changed, CancellationToken ct)
    {
        var args = new
        {
            changed.Id,
            changed.Name,
            changed.Description,
            changed.IpxeScript,
            changed.UserData,
            changed.IsCloudInit,
            changed.PhoneHomeEnabled,
            changed.AllowOverride,
            changed.IsActive,
            changed.DeactivationNote,
            status = changed.Status.ToString(),
            changed.Revision,
            changed.ImageUrl,
            changed.ImageSha,
            changed.ImageAuthType,
            changed.ImageAuthToken,
            changed.ImageDisk,
            changed.RootFsId,
            changed.RootFsLabel,
            changed.Updated,
        };
        if (!await db.Claims(Sql.Of<UpdateOperatingSystemHandler>("UpdateOperatingSystem"), args, ct))
        {
            throw await rows.NameTaken(changed, ct);
        }

        await rows.RequireNotPromised(changed, ct);
    }

    private async Task SendTo(IReadOnlyList<OperatingSystemSite> theirSites, OperatingSystem changed, CancellationToken ct)
    {
        await db.Execute(
            Sql.Of<UpdateOperatingSystemHandler>("MarkSyncing"), new { changed.Id, version = ImageVersion.Of(changed), now = changed.Updated }, ct);
        foreach (var site in theirSites)
        {
            await commands.Enqueue(AtSite.OsImageAtSite.Update(changed.Id, site.SiteId, changed.Revision), ct);
        }
    }
}
