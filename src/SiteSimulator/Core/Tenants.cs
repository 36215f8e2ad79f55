using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator.Core;

/// <summary>The organizations that may use the site.</summary>
internal sealed class Tenants(Controller site)
{
    /// <summary>From the narrowest to the widest.</summary>
    public static readonly IReadOnlyList<string> RoutingProfiles = ["EXTERNAL", "INTERNAL", "PRIVILEGED_INTERNAL"];

    public CreateTenantResponse Create(CreateTenantRequest request)
    {
        var id = Checks.Organization(request.OrganizationId);
        var metadata = NameOnly(request.Metadata);
        CheckProfile(request.HasRoutingProfileType ? request.RoutingProfileType : null);
        if (Find(id) is not null)
        {
            throw Refuse.Duplicate("tenants_pkey");
        }

        site.Faults.Replaced("tenant", id);
        var record = new TenantRecord { Id = id, Metadata = metadata, Version = Moment.First(site.Now) };
        if (request.HasRoutingProfileType)
        {
            record.RoutingProfile = request.RoutingProfileType;
        }

        site.State.Tenants.Put(record);
        return new() { Tenant = Show(record) };
    }

    public UpdateTenantResponse Update(UpdateTenantRequest request)
    {
        var record = Find(Checks.Organization(request.OrganizationId)) ?? throw Refuse.NotFound("tenant", request.OrganizationId);
        var metadata = NameOnly(request.Metadata);
        CheckProfile(request.HasRoutingProfileType ? request.RoutingProfileType : null);
        if (request.HasIfVersionMatch && request.IfVersionMatch != Moment.Text(record.Version))
        {
            throw Refuse.VersionMismatch("tenant", record.Id, request.IfVersionMatch);
        }

        record.Metadata = metadata;
        if (request.HasRoutingProfileType)
        {
            record.RoutingProfile = request.RoutingProfileType;
        }

        Touch(record);
        return new() { Tenant = Show(record) };
    }

    public TenantOrganizationIdList FindIds(TenantSearchFilter filter) => new()
    {
        TenantOrganizationIds =
        {
            site.Faults.TwistList("tenant", site.Listed(Visible()
                .Where(tenant => !filter.HasTenantOrganizationName || tenant.Metadata.Name == filter.TenantOrganizationName)
                .Select(tenant => tenant.Id))),
        },
    };

    public TenantList FindByIds(TenantByOrganizationIdsRequest request)
    {
        var leftOut = site.Faults.LeftOut("tenant");
        return new()
        {
            Tenants =
            {
                Checks.Limited(request.OrganizationIds, site.Options.MaxFindByIds).Distinct()
                    .Select(Find).OfType<TenantRecord>().Where(tenant => !leftOut(tenant.Id)).Select(Show),
            },
        };
    }

    public TenantRecord? Find(string id) => site.Faults.Hides("tenant", id) ? null : site.State.Tenants.Find(id);

    /// <summary>The widest routing profile that the tenant's VPCs may ask for.</summary>
    public string Profile(TenantRecord tenant) => tenant.HasRoutingProfile ? tenant.RoutingProfile : site.Options.TenantRoutingProfile;

    public void Touch(TenantRecord record)
    {
        record.Version = Moment.After(record.Version, site.Now);
        site.State.Tenants.Put(record);
    }

    public Tenant Show(TenantRecord record)
    {
        var tenant = new Tenant
        {
            OrganizationId = record.Id,
            Metadata = record.Metadata.Clone(),
            Version = Moment.Text(record.Version),
            RoutingProfileType = Profile(record),
        };
        return tenant;
    }

    private IEnumerable<TenantRecord> Visible() => site.State.Tenants.Values.Where(tenant => !site.Faults.Hides("tenant", tenant.Id));

    private static Metadata NameOnly(Metadata? metadata)
    {
        if (metadata is null)
        {
            throw Refuse.Invalid("metadata is required");
        }

        if (metadata.Description.Length > 0 || metadata.Labels.Count > 0)
        {
            throw Refuse.Invalid("description and labels of a tenant are not supported");
        }

        return Checks.Metadata(metadata);
    }

    private static void CheckProfile(string? profile)
    {
        if (profile is not null && !RoutingProfiles.Contains(profile))
        {
            throw Refuse.NotFound("routing profile", profile);
        }
    }
}
