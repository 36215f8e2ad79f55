using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.OperatingSystems.AtSite;

/// <summary>
/// An image that only its site has becomes an operating system of the tenant that the site names. What sites do not keep has its default; a token
/// for the image's source is not told by sites, so that it has to be set again before the image is changed.
/// </summary>
internal sealed class OsImageAdoption(OperatingSystemRows rows, IOrganizations organizations, ISites sites, TimeProvider clock) : DriftAdoption<OsImage>
{
    public override string Kind => OsImageAtSite.Kind;

    public override Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) => db.OneOrNone<Guid?>(
        "select min(site_id::text)::uuid from compute.operating_system_site where operating_system_id = @id", new { id = Guid.Parse(id) }, ct);

    protected override async Task Adopt(Db db, Guid siteId, Report<OsImage> report, CancellationToken ct)
    {
        var image = report.Item.Attributes ?? throw Problem.Conflict("Its site says nothing of it");
        var tenant = await organizations.RequireTenantOf(image.TenantOrganizationId, ct);
        await sites.RequireUseForAdoption(siteId, tenant.Id, tenant.Org, ct);
        var now = clock.Now();
        var system = new OperatingSystem
        {
            Id = report.Uuid,
            Name = SiteMetadata.Name(image.Name, report.Id),
            Description = SiteMetadata.Description(image.Description),
            TenantId = tenant.Id,
            Org = tenant.Org,
            Type = OperatingSystemType.Image,
            Status = OperatingSystemStatus.Syncing,
            ImageUrl = image.SourceUrl,
            ImageSha = image.Digest,
            ImageAuthType = image.HasAuthType ? image.AuthType : null,
            ImageDisk = image.HasBootDisk ? image.BootDisk : null,
            RootFsId = image.HasRootfsId ? image.RootfsId : null,
            RootFsLabel = image.HasRootfsLabel ? image.RootfsLabel : null,
            Created = now,
            Updated = now,
        };
        var args = new
        {
            system.Id,
            system.Name,
            system.Description,
            system.TenantId,
            system.Org,
            system.ImageUrl,
            system.ImageSha,
            system.ImageAuthType,
            system.ImageDisk,
            system.RootFsId,
            system.RootFsLabel,
            system.Created,
        };
        if (await db.Execute(Sql.Of<OsImageAdoption>("AdoptImage"), args, ct) == 0)
        {
            throw Problem.Conflict(
                $"The tenant of org {tenant.Org} has an operating system named '{system.Name}' already, "
                + "or something else has the id: rename or delete that first");
        }

        await rows.RequireNotPromised(system, ct);
        await db.Execute(
            Sql.Of<OsImageAdoption>("AdoptSite"),
            new { system.Id, siteId, status = OsImageAtSite.StatusOf(report.Item).ToString(), version = ImageVersion.Of(system), now },
            ct);
        await ComputeModule.OperatingSystemHistory.Append(db, system.Id, nameof(OperatingSystemStatus.Syncing), IDriftAdoption.Message, now, ct);
        await OperatingSystemStatuses.Settle(db, [system.Id], now, ct);
    }
}
