using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator.Core;

/// <summary>
/// Images of operating systems: fetched from their source and ready some time later. What the source's server is to be told is used and
/// kept as a hash only.
/// </summary>
internal sealed class OsImages(Controller site)
{
    private const string Resource = "os-image";

    public void Load()
    {
        foreach (var image in site.State.Images.Values)
        {
            Enqueue(image);
        }
    }

    public OsImage Create(OsImageAttributes request)
    {
        var kept = Checked(request);
        var id = kept.Id.Value;
        if (Find(id) is not null)
        {
            throw Refuse.Duplicate("os_images_pkey");
        }

        site.Faults.Replaced(Resource, id);
        var record = new ImageRecord { Id = id, Attributes = kept, Created = site.Now, TokenHash = Hash(request) };
        Fetch(record);
        return Show(record);
    }

    public OsImage Update(OsImageAttributes request)
    {
        var id = Checks.Uuid(request.Id?.Value, "id");
        var record = Find(id) ?? throw Refuse.NotFound("os_image", id);
        var kept = Checked(request);
        if (kept.TenantOrganizationId != record.Attributes.TenantOrganizationId)
        {
            throw Refuse.Invalid("the tenant of an OS image cannot be changed");
        }

        var isAnother = kept.SourceUrl != record.Attributes.SourceUrl || kept.Digest != record.Attributes.Digest || Hash(request) != record.TokenHash;
        (record.Attributes, record.TokenHash) = (kept, Hash(request));
        if (isAnother || record.Status == OsImageStatus.ImageFailed)
        {
            Fetch(record);
        }
        else
        {
            record.Modified = site.Now;
            site.State.Images.Put(record);
        }

        return Show(record);
    }

    public DeleteOsImageResponse Delete(DeleteOsImageRequest request)
    {
        // A real controller's database, not its handler, notices that the image is not there.
        var id = Checks.Uuid(request.Id?.Value, "id");
        var record = Find(id)
            ?? throw Refuse.Internal($"Database Error: no rows returned by a query that expected to return at least one row: os image {id}");
        if (request.TenantOrganizationId != record.Attributes.TenantOrganizationId)
        {
            throw Refuse.Invalid($"OS image {id} is another tenant's");
        }

        if (record.Status is OsImageStatus.ImageUninitialized or OsImageStatus.ImageInProgress)
        {
            throw Refuse.Precondition($"OS image {id} is being fetched");
        }

        if (site.State.Instances.Values.Any(instance => instance.Config.Os?.OsImageId?.Value == id))
        {
            throw Refuse.Precondition($"OS image {id} is used by instances");
        }

        site.State.Images.Remove(id);
        return new();
    }

    public ListOsImageResponse List(ListOsImageRequest request)
    {
        var leftOut = site.Faults.LeftOut(Resource);
        return new()
        {
            Images =
            {
                site.Faults.TwistList(Resource, site.Listed(site.State.Images.Values
                    .Where(image => !site.Faults.Hides(Resource, image.Id)
                        && !leftOut(image.Id)
                        && (!request.HasTenantOrganizationId || image.Attributes.TenantOrganizationId == request.TenantOrganizationId))
                    .Select(image => image.Id)))
                    .Select(id => site.State.Images.Find(id) is { } record ? Show(record) : Stranger(id)),
            },
        };
    }

    public ImageRecord? Find(string id) => site.Faults.Hides(Resource, id) ? null : site.State.Images.Find(id);

    /// <summary>Refuses an image that the tenant does not have here.</summary>
    public void CheckFor(string tenant, string? id)
    {
        if (id is null || Find(id)?.Attributes.TenantOrganizationId != tenant)
        {
            throw Refuse.Invalid($"OS image {id} does not exist");
        }
    }

    /// <summary>What falls due: fetching begins, and ends.</summary>
    public void Advance(string id, long due)
    {
        if (site.State.Images.Find(id) is not { } record || record.Due != due)
        {
            return;
        }

        if (record.Status == OsImageStatus.ImageUninitialized)
        {
            Enter(record, OsImageStatus.ImageInProgress, site.Pace.Draw("image " + id, 90, 30, 300));
        }
        else
        {
            End(record);
        }
    }

    private void Fetch(ImageRecord record)
    {
        record.Message = "";
        var wait = site.Pace.Scaled(1);
        if (wait > TimeSpan.Zero)
        {
            Enter(record, OsImageStatus.ImageUninitialized, wait);
        }
        else
        {
            End(record);
        }
    }

    private void End(ImageRecord record)
    {
        if (site.Faults.TakeForImage(record.Id) is { } failing)
        {
            record.Message = failing.Message ?? "the digest does not match";
            Enter(record, OsImageStatus.ImageFailed, null);
        }
        else
        {
            Enter(record, OsImageStatus.ImageReady, null);
        }
    }

    private void Enter(ImageRecord record, OsImageStatus status, TimeSpan? lasting)
    {
        record.Status = status;
        record.Due = lasting is { } time ? site.Now + time.Ticks : 0;
        record.Modified = site.Now;
        site.State.Images.Put(record);
        Enqueue(record);
    }

    private void Enqueue(ImageRecord record)
    {
        if (record.Due != 0)
        {
            site.Due.Add(Kind.Image, record.Id, record.Due);
        }
    }

    private static OsImageAttributes Checked(OsImageAttributes request)
    {
        var kept = request.Clone();
        kept.Id = new UUID { Value = Checks.IdOrNew(request.Id?.Value, "id") };
        Checks.Organization(kept.TenantOrganizationId);
        if (kept.SourceUrl.Length == 0)
        {
            throw Refuse.Invalid("source_url is required");
        }

        if (kept.Digest.Length == 0)
        {
            throw Refuse.Invalid("digest is required");
        }

        kept.ClearAuthToken();
        return kept;
    }

    /// <summary>Whether this is what the source's server was last told.</summary>
    public static bool HasToken(ImageRecord record, string token) => record.TokenHash == Hash(new OsImageAttributes { AuthToken = token });

    private static ByteString Hash(OsImageAttributes request) =>
        request.HasAuthToken ? ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(request.AuthToken))) : ByteString.Empty;

    public static OsImage Show(ImageRecord record)
    {
        var image = new OsImage
        {
            Attributes = record.Attributes.Clone(),
            Status = record.Status,
            CreatedAt = Text(record.Created),
            ModifiedAt = Text(record.Modified),
        };
        if (record.Message.Length > 0)
        {
            image.StatusMessage = record.Message;
        }

        return image;
    }

    private static OsImage Stranger(string id) => new()
    {
        Attributes = new() { Id = new UUID { Value = id }, SourceUrl = "http://nowhere", Digest = "00", TenantOrganizationId = "by-hand" },
        Status = OsImageStatus.ImageReady,
    };

    private static string Text(long ticks) => new DateTime(ticks, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture);
}
