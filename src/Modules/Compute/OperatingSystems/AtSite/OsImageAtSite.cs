using System.Text.Json;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.OperatingSystems.AtSite;

/// <summary>Images at the site that keeps them: what every command and the inventory need. Source: spec/60-site-link.md, sections 6.6 and 8.6.</summary>
internal sealed class OsImageAtSite(ImageToken tokens, TimeProvider clock)
{
    public const string Kind = "os-image";

    /// <summary>Most changes that may wait for the site at once.</summary>
    public const int MostChanges = 100;

    public static Guid Id(SiteCall call) => Guid.Parse(call.Command.ResourceId);

    /// <summary>The command that brings the change of this revision to the site; without a revision one that undoes nothing when it is refused.</summary>
    public static SiteCommand Update(Guid id, Guid siteId, int? revision) => new()
    {
        SiteId = siteId,
        Kind = Kind,
        ResourceId = id.ToString(),
        Operation = SiteOperation.Update,
        Arguments = revision is { } known ? JsonSerializer.Serialize(new Change(known)) : null,
    };

    public static int Revision(SiteCall call) =>
        call.Command.Arguments is { } arguments ? JsonSerializer.Deserialize<Change>(arguments)!.Revision : -1;

    public static Task<OperatingSystem?> Row(SiteCall call, CancellationToken ct) =>
        call.Db.OneOrNone<OperatingSystem>(Sql.Of<OsImageAtSite>("OperatingSystemById"), new { id = Id(call) }, ct);

    /// <summary>The row under a lock until the outcome is recorded, so that no change comes between.</summary>
    public static Task<OperatingSystem?> Lock(SiteCall call, CancellationToken ct) =>
        call.Db.OneOrNone<OperatingSystem>(Sql.Of<OsImageAtSite>("LockOperatingSystem"), new { id = Id(call) }, ct);

    /// <summary>Whether the site has had the image from Nico.</summary>
    public static Task<bool> IsAtSite(SiteCall call, CancellationToken ct) => call.Db.OneOrNone<bool>(
        "select at_site from compute.operating_system_site where operating_system_id = @id and site_id = @SiteId",
        new { id = Id(call), call.Command.SiteId },
        ct);

    /// <summary>The image as the site has it; null when it does not.</summary>
    public static async Task<OsImage?> AtSite(SiteCall call, CancellationToken ct) =>
        (await call.Core.ListOsImageAsync(new ListOsImageRequest(), cancellationToken: ct)).Images
            .FirstOrDefault(image => Guid.TryParse(image.Attributes?.Id?.Value, out var id) && id == Id(call));

    /// <summary>The whole image, as it is now.</summary>
    public OsImageAttributes Attributes(OperatingSystem system)
    {
        var image = new OsImageAttributes
        {
            Id = new UUID { Value = system.Id.ToString() },
            SourceUrl = system.ImageUrl,
            Digest = system.ImageSha,
            TenantOrganizationId = system.Org,
            CreateVolume = false,
            Name = system.Name,
        };
        if (system.Description is not null)
        {
            image.Description = system.Description;
        }

        if (system is { ImageAuthToken: { } token, ImageAuthType: { Length: > 0 } type })
        {
            image.AuthType = type;
            image.AuthToken = tokens.Open(token);
        }

        if (system.RootFsId is { Length: > 0 } id)
        {
            image.RootfsId = id;
        }

        if (system.RootFsLabel is { Length: > 0 } label)
        {
            image.RootfsLabel = label;
        }

        if (system.ImageDisk is { Length: > 0 } disk)
        {
            image.BootDisk = disk;
        }

        return image;
    }

    /// <summary>True when the site has this very image. Sites do not tell tokens, so of one with a token nobody can say.</summary>
    public bool IsSame(OperatingSystem system, OsImage found)
    {
        var (wanted, has) = (Attributes(system), found.Attributes);
        return !wanted.HasAuthToken
            && !has.HasAuthToken
            && has.AuthType == wanted.AuthType
            && has.SourceUrl == wanted.SourceUrl
            && has.Digest == wanted.Digest
            && has.Name == wanted.Name
            && has.Description == wanted.Description
            && has.RootfsId == wanted.RootfsId
            && has.RootfsLabel == wanted.RootfsLabel
            && has.BootDisk == wanted.BootDisk;
    }

    /// <summary>Where the association stands when the site reports its image so.</summary>
    public static SiteAssociationStatus StatusOf(OsImage image) => image.Status switch
    {
        OsImageStatus.ImageReady => SiteAssociationStatus.Synced,
        OsImageStatus.ImageFailed => SiteAssociationStatus.Error,
        _ => SiteAssociationStatus.Syncing,
    };

    /// <summary>Why an image failed, in the site's words where it has some.</summary>
    public static string ReasonOf(OsImage image) =>
        string.IsNullOrWhiteSpace(image.StatusMessage) ? "The image failed at its site" : $"The image failed at its site: {image.StatusMessage}";

    /// <summary>The site has the image in the newest version that it was sent: what was replaced is forgotten, and newer changes stay on their way.</summary>
    public async Task Taken(SiteCall call, OsImage? answer, CancellationToken ct)
    {
        if (await Lock(call, ct) is not { } system)
        {
            return;
        }

        var now = clock.Now();
        var status = answer is null ? SiteAssociationStatus.Syncing : StatusOf(answer);
        await call.Db.Execute(Sql.Of<OsImageAtSite>("ForgetReplaced"), new { system.Id, revision = Revision(call) }, ct);
        await call.Db.Execute(
            Sql.Of<OsImageAtSite>("MarkTaken"), new { system.Id, call.Command.SiteId, status = status.ToString(), now }, ct);
        await OperatingSystemStatuses.Settle(call.Db, [system.Id], now, ct, _ => status == SiteAssociationStatus.Error ? ReasonOf(answer!) : null);
    }

    /// <summary>The association stands so, and the operating system with it.</summary>
    public async Task Set(SiteCall call, SiteAssociationStatus status, string? reason, CancellationToken ct)
    {
        if (await Lock(call, ct) is { } system)
        {
            var now = clock.Now();
            await call.Db.Execute(Sql.Of<OsImageAtSite>("SetStatus"), new { system.Id, call.Command.SiteId, status = status.ToString(), now }, ct);
            await OperatingSystemStatuses.Settle(call.Db, [system.Id], now, ct, _ => reason);
        }
    }

    /// <summary>Sites no longer have the images: their associations go, and with the last one an operating system that was to go.</summary>
    public static async Task Gone(Db db, Guid siteId, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return;
        }

        await db.Execute(
            "delete from compute.operating_system_site where site_id = @siteId and operating_system_id = any(@ids)", new { siteId, ids }, ct);
        await db.Execute("delete from compute.operating_system_change where operating_system_id = any(@ids)", new { ids }, ct);
        await OperatingSystemRows.Remove(db, await db.Many<Guid>(Sql.Of<OsImageAtSite>("Removable"), new { ids }, ct), ct);
        await OperatingSystemStatuses.Settle(db, ids, now, ct);
    }

    private sealed record Change(int Revision);
}
