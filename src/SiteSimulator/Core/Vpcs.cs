using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator.Core;

/// <summary>Virtual networks of the tenants.</summary>
internal sealed class Vpcs(Controller site)
{
    // VNIs up to here can be asked for; those that the site gives out by itself are among them, for the API shows no greater ones.
    private const uint LastRequestableVni = 65535;

    private readonly HashSet<uint> _vnis = [];

    public void Load()
    {
        foreach (var vpc in site.State.Vpcs.Values)
        {
            _vnis.Add(vpc.Vni);
        }
    }

    public Vpc Create(VpcCreationRequest request)
    {
        var id = Checks.IdOrNew(request.Id?.Value, "id");
        var tenant = Checks.Organization(request.TenantOrganizationId);
        var metadata = Checks.Metadata(Named(request.Metadata, request.Name));
        var type = request.HasNetworkVirtualizationType ? request.NetworkVirtualizationType : VpcVirtualizationType.EthernetVirtualizer;
        CheckType(type);
        CheckProfile(request, type, tenant);
        CheckSecurityGroup(request.HasNetworkSecurityGroupId ? request.NetworkSecurityGroupId : "");
        CheckPartition(request.DefaultNvlinkLogicalPartitionId);
        if (Find(id) is not null)
        {
            throw Refuse.Duplicate("vpcs_pkey");
        }

        var vni = request.HasVni ? RequestedVni(request.Vni) : FreeVni();
        if (site.State.Vpcs.Find(id) is { } hidden)
        {
            site.Faults.Replaced("vpc", id);
            Remove(hidden);
        }

        var record = new VpcRecord
        {
            Id = id,
            Tenant = tenant,
            Metadata = metadata,
            Type = type,
            Vni = vni,
            Created = site.Now,
            Updated = site.Now,
            Version = Moment.First(site.Now),
        };
        if (request.HasVni)
        {
            record.RequestedVni = vni;
        }

        if (request.HasRoutingProfileType)
        {
            record.RoutingProfile = request.RoutingProfileType;
        }

        if (request.HasTenantKeysetId)
        {
            record.Keyset = request.TenantKeysetId;
        }

        _vnis.Add(vni);
        site.State.Vpcs.Put(record);
        return Show(record);
    }

    public VpcUpdateResult Update(VpcUpdateRequest request)
    {
        var record = Known(request.Id);
        if (request.Metadata is null && request.Name.Length == 0)
        {
            throw Refuse.Invalid("metadata is required");
        }

        var metadata = Checks.Metadata(Named(request.Metadata, request.Name));
        CheckSecurityGroup(request.HasNetworkSecurityGroupId ? request.NetworkSecurityGroupId : "");
        CheckPartition(request.DefaultNvlinkLogicalPartitionId);
        CheckVersion(record, request.HasIfVersionMatch ? request.IfVersionMatch : null);
        record.Metadata = metadata;
        Touch(record);
        return new() { Vpc = Show(record) };
    }

    public VpcUpdateVirtualizationResult UpdateVirtualization(VpcUpdateVirtualizationRequest request)
    {
        var record = Known(request.Id);
        if (!request.HasNetworkVirtualizationType)
        {
            throw Refuse.Invalid("network_virtualization_type is required");
        }

        CheckType(request.NetworkVirtualizationType);
        CheckVersion(record, request.HasIfVersionMatch ? request.IfVersionMatch : null);
        if (site.Instances.InVpc(record.Id).Any())
        {
            throw Refuse.Internal("cannot modify VPC virtualizer type in VPC with instances");
        }

        record.Type = request.NetworkVirtualizationType;
        Touch(record);
        return new();
    }

    public VpcDeletionResult Delete(VpcDeletionRequest request)
    {
        Remove(Known(request.Id));
        return new();
    }

    public VpcIdList FindIds(VpcSearchFilter filter) => new()
    {
        VpcIds =
        {
            site.Faults.TwistList("vpc", site.Listed(Visible()
                .Where(vpc => (!filter.HasName || vpc.Metadata.Name == filter.Name)
                    && (!filter.HasTenantOrgId || vpc.Tenant == filter.TenantOrgId)
                    && (filter.Label is null || Checks.HasLabel(vpc.Metadata, filter.Label)))
                .Select(vpc => vpc.Id))).Select(id => new VpcId { Value = id }),
        },
    };

    public VpcList FindByIds(VpcsByIdsRequest request)
    {
        var leftOut = site.Faults.LeftOut("vpc");
        return new()
        {
            Vpcs =
            {
                Checks.Uuids(request.VpcIds.Select(id => id.Value), site.Options.MaxFindByIds, "vpc_ids").Distinct()
                    .Select(Find).OfType<VpcRecord>().Where(vpc => !leftOut(vpc.Id)).Select(Show),
            },
        };
    }

    public VpcRecord? Find(string id) => site.Faults.Hides("vpc", id) ? null : site.State.Vpcs.Find(id);

    public void Remove(VpcRecord record)
    {
        _vnis.Remove(record.Vni);
        site.State.Vpcs.Remove(record.Id);
    }

    public void Touch(VpcRecord record)
    {
        record.Updated = site.Now;
        record.Version = Moment.After(record.Version, site.Now);
        site.State.Vpcs.Put(record);
    }

    public static Vpc Show(VpcRecord record)
    {
        var vpc = new Vpc
        {
            Id = new() { Value = record.Id },
            Name = record.Metadata.Name,
            TenantOrganizationId = record.Tenant,
            Version = Moment.Text(record.Version),
            Created = Moment.Wire(record.Created),
            Updated = Moment.Wire(record.Updated),
            NetworkVirtualizationType = record.Type,
            Metadata = record.Metadata.Clone(),
            DeprecatedVni = record.Vni,
            Status = new() { Vni = record.Vni },
        };
        if (record.HasRequestedVni)
        {
            vpc.Vni = record.RequestedVni;
        }

        if (record.HasRoutingProfile)
        {
            vpc.RoutingProfileType = record.RoutingProfile;
        }

        if (record.HasKeyset)
        {
            vpc.TenantKeysetId = record.Keyset;
        }

        return vpc;
    }

    private IEnumerable<VpcRecord> Visible() => site.State.Vpcs.Values.Where(vpc => !site.Faults.Hides("vpc", vpc.Id));

    private VpcRecord Known(VpcId? id) => Find(Checks.Uuid(id?.Value, "id")) ?? throw Refuse.NotFound("vpc", id!.Value);

    // The name stands in two places; where both are used they must agree.
    private static Metadata Named(Metadata? metadata, string name)
    {
        if (metadata is null)
        {
            return new Metadata { Name = name };
        }

        return name.Length == 0 || metadata.Name.Length == 0 || name == metadata.Name
            ? new Metadata(metadata) { Name = metadata.Name.Length > 0 ? metadata.Name : name }
            : throw Refuse.Invalid("name and metadata.name differ");
    }

    private static void CheckType(VpcVirtualizationType type)
    {
        if (!Enum.IsDefined(type))
        {
            throw Refuse.Invalid($"network_virtualization_type {(int)type} is unknown");
        }
    }

    private void CheckProfile(VpcCreationRequest request, VpcVirtualizationType type, string organization)
    {
        if (!request.HasRoutingProfileType)
        {
            return;
        }

        var profiles = Tenants.RoutingProfiles.ToList();
        var wanted = profiles.IndexOf(request.RoutingProfileType);
        if (wanted < 0)
        {
            throw Refuse.NotFound("routing profile", request.RoutingProfileType);
        }

        if (type != VpcVirtualizationType.Fnn)
        {
            throw Refuse.Invalid("routing_profile_type can be set for FNN VPCs only");
        }

        var tenant = site.Tenants.Find(organization)
            ?? throw Refuse.Precondition($"tenant {organization} does not exist, so it has no routing profile");
        if (wanted > profiles.IndexOf(site.Tenants.Profile(tenant)))
        {
            throw Refuse.Precondition($"routing profile {request.RoutingProfileType} is broader than that of tenant {organization}");
        }
    }

    // This controller has no security groups, so none can be the tenant's.
    private static void CheckSecurityGroup(string id)
    {
        if (id.Length > 0)
        {
            throw Refuse.Precondition($"network security group {id} does not exist or is not owned by the tenant");
        }
    }

    private static void CheckPartition(NVLinkLogicalPartitionId? id)
    {
        if (id is { Value.Length: > 0 })
        {
            throw Refuse.Precondition($"NVLink logical partition {id.Value} does not exist");
        }
    }

    private static void CheckVersion(VpcRecord record, string? expected)
    {
        if (expected is not null && expected != Moment.Text(record.Version))
        {
            throw Refuse.VersionMismatch("vpc", record.Id, expected);
        }
    }

    private uint RequestedVni(uint vni)
    {
        if (vni is 0 or > LastRequestableVni)
        {
            throw Refuse.Precondition($"VNI {vni} cannot be requested");
        }

        return _vnis.Contains(vni) ? throw Refuse.Precondition($"VNI {vni} is in use") : vni;
    }

    private uint FreeVni()
    {
        for (var vni = (uint)site.Options.FirstVni; vni < site.Options.FirstVni + site.Options.Vnis; vni++)
        {
            if (!_vnis.Contains(vni))
            {
                return vni;
            }
        }

        throw Refuse.Exhausted("vpc-vni");
    }
}
