using Nico.Compute.Contracts;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances;

/// <summary>Rows of instances as answers, with what belongs to them elsewhere: a fixed number of statements.</summary>
internal sealed class InstanceAnswers(Db db, BootTexts texts, IOrganizations organizations, ISites sites, INetworks networks, IMachines machines, IInstanceTypes types)
{
    private static readonly IReadOnlyList<Deprecation> _deprecations =
        [Deprecation.OfAttribute("sshkeygroups", "sshKeyGroups", new DateTime(2025, 9, 4, 0, 0, 0, DateTimeKind.Utc))];

    public async Task<IReadOnlyList<InstanceResponse>> Of(
        IReadOnlyList<Instance> instances, IReadOnlyList<InstanceRelation> relations, CancellationToken ct)
    {
        if (instances.Count == 0)
        {
            return [];
        }

        InterfaceRow[] rows = [.. instances.SelectMany(instance => instance.Interfaces)];
        var subnets = await networks.Subnets(rows.Ids(row => row.SubnetId), ct);
        var prefixes = await networks.VpcPrefixes(rows.Ids(row => row.VpcPrefixId), ct);
        var theirSites = await sites.Summaries(instances.Ids(i => i.SiteId), ct);
        var related = await Related.Of(instances, relations, organizations, networks, machines, types, db, ct);
        return
        [
            .. instances.Select(instance => Response(instance) with
            {
                SecondaryVpcIds =
                [
                    .. instance.Interfaces.Where(row => row.VpcPrefixId is not null).Select(row => row.VpcId).Where(id => id != instance.VpcId).Distinct().Order(),
                ],
                SerialConsoleUrl = theirSites.GetValueOrDefault(instance.SiteId)?.SerialConsoleHostname is { } host ? $"ssh://{instance.Id}@{host}" : null,
                Interfaces =
                [
                    .. instance.Interfaces.Select(row => Interface.Of(row) with
                    {
                        Subnet = row.SubnetId is { } subnet ? subnets.GetValueOrDefault(subnet) : null,
                        VpcPrefix = row.VpcPrefixId is { } prefix ? prefixes.GetValueOrDefault(prefix) : null,
                    }),
                ],
                StatusHistory = instance.History,
                Site = relations.Has(InstanceRelation.Site) ? theirSites.GetValueOrDefault(instance.SiteId) : null,
                InfrastructureProvider = related.Providers?.GetValueOrDefault(instance.InfrastructureProviderId),
                Tenant = related.Tenants?.GetValueOrDefault(instance.TenantId),
                Vpc = related.Vpcs?.GetValueOrDefault(instance.VpcId).Summary,
                Machine = related.Machines?.GetValueOrDefault(instance.MachineId),
                InstanceType = instance.InstanceTypeId is { } type ? related.Types?.GetValueOrDefault(type) : null,
                OperatingSystem = instance.OperatingSystemId is { } system ? related.Systems?.GetValueOrDefault(system) : null,
            }),
        ];
    }

    private InstanceResponse Response(Instance instance) => new()
    {
        Id = instance.Id,
        Name = instance.Name,
        Description = instance.Description,
        TenantId = instance.TenantId,
        InfrastructureProviderId = instance.InfrastructureProviderId,
        SiteId = instance.SiteId,
        InstanceTypeId = instance.InstanceTypeId,
        VpcId = instance.VpcId,
        MachineId = instance.MachineId,
        OperatingSystemId = instance.OperatingSystemId,
        ControllerInstanceId = instance.Id,
        IpxeScript = texts.Open(instance.IpxeScript),
        AlwaysBootWithCustomIpxe = instance.AlwaysBootWithCustomIpxe,
        PhoneHomeEnabled = instance.PhoneHomeEnabled,
        UserData = texts.Open(instance.UserData),
        Labels = instance.Labels ?? [],
        IsUpdatePending = instance.IsUpdatePending,
        AutoNetwork = instance.AutoNetwork,
        TpmEkCertificate = instance.TpmEkCertificate,
        Status = instance.ShownStatus,
        StatusHistory = [],
        Deprecations = _deprecations,
        Created = instance.Created,
        Updated = instance.Updated,
    };

    /// <summary>What was asked to be embedded.</summary>
    private sealed record Related(
        IReadOnlyDictionary<Guid, InfrastructureProviderSummary>? Providers,
        IReadOnlyDictionary<Guid, TenantSummary>? Tenants,
        IReadOnlyDictionary<Guid, (VpcRef Ref, VpcSummary Summary)>? Vpcs,
        IReadOnlyDictionary<string, MachineSummary>? Machines,
        IReadOnlyDictionary<Guid, OperatingSystemSummary>? Systems,
        IReadOnlyDictionary<Guid, InstanceTypeSummary>? Types)
    {
        public static async Task<Related> Of(
            IReadOnlyList<Instance> instances,
            IReadOnlyList<InstanceRelation> relations,
            IOrganizations organizations,
            INetworks networks,
            IMachines machines,
            IInstanceTypes types,
            Db db,
            CancellationToken ct) => new(
            relations.Has(InstanceRelation.InfrastructureProvider)
                ? await organizations.Providers(instances.Ids(i => i.InfrastructureProviderId), ct)
                : null,
            relations.Has(InstanceRelation.Tenant) ? await organizations.Tenants(instances.Ids(i => i.TenantId), ct) : null,
            relations.Has(InstanceRelation.VPC) ? await networks.Vpcs(instances.Ids(i => i.VpcId), ct) : null,
            relations.Has(InstanceRelation.Machine) ? await machines.Summaries([.. instances.Select(i => i.MachineId).Distinct()], ct) : null,
            relations.Has(InstanceRelation.OperatingSystem)
                ? (await db.Many<OperatingSystemSummary>(
                    "select id, name, type, status from compute.operating_system where id = any(@ids)",
                    new { ids = instances.Ids(i => i.OperatingSystemId) },
                    ct)).ToDictionary(system => system.Id)
                : null,
            relations.Has(InstanceRelation.InstanceType) ? await types.Summaries(instances.Ids(i => i.InstanceTypeId), ct) : null);
    }
}
