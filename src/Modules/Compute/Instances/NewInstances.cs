using Nico.Compute.UserData;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.Instances;

/// <summary>What the making of one instance and of many have in common.</summary>
internal sealed class NewInstances(
    ActingAs acting,
    Caller caller,
    Db db,
    INetworks networks,
    InstanceRows rows,
    PhoneHome phoneHome,
    BootTexts texts,
    ObjectLimits limits)
{
    /// <summary>The org's tenant, which the request may name, and which may have <paramref name="count"/> instances more.</summary>
    public async Task<TenantRef> Tenant(Guid? named, int count, CancellationToken ct)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, ct);
        if (named is not null && named != tenant.Id)
        {
            throw Problem.Invalid("tenantId", "must be the org's own tenant");
        }

        await limits.Require("Instance", tenant.Id, Sql.Of<NewInstances>("CountOwned"), count, ct);
        return tenant;
    }

    /// <summary>The tenant's VPC, Ready and fit, which stays while the transaction lasts.</summary>
    public async Task<VpcRef> HoldVpc(Guid id, IReadOnlyList<Guid>? secondaryVpcIds, bool autoNetwork, TenantRef tenant, CancellationToken ct)
    {
        var found = await networks.HoldVpcs([id, .. secondaryVpcIds ?? []], ct);
        if (!found.TryGetValue(id, out var vpc) || vpc.TenantId != tenant.Id)
        {
            throw Problem.Invalid("vpcId", $"VPC {id} does not exist");
        }

        return !vpc.IsReady ? throw Problem.Invalid("vpcId", $"VPC {vpc.Id} is {vpc.Status}, not Ready")
            : autoNetwork && vpc.NetworkVirtualizationType != NetworkVirtualizationType.FLAT
                ? throw Problem.Invalid("autoNetwork", $"VPC {vpc.Id} is not FLAT")
            : vpc;
    }

    /// <summary>What is booted: the wishes merged with the tenant's operating system.</summary>
    public async Task<BootPlan> Boot(
        string? operatingSystemId, string? ipxeScript, string? userData, bool? phoneHomeEnabled, bool? alwaysBootWithCustomIpxe, TenantRef tenant, Guid siteId,
        CancellationToken ct)
    {
        var system = string.IsNullOrEmpty(operatingSystemId) ? null : await rows.HoldBootable(Guid.Parse(operatingSystemId), tenant.Id, siteId, ct);
        return BootPlan.ForNew(system, ipxeScript, userData, phoneHomeEnabled, alwaysBootWithCustomIpxe, phoneHome, texts);
    }

    /// <summary>Makes the instances, in one statement, each on its machine and with the same of everything else.</summary>
    public Task Insert(NewInstance shared, IReadOnlyList<InstanceOnMachine> instances, DateTime now, CancellationToken ct) => db.Execute(
        Sql.Of<NewInstances>("InsertInstances"),
        new
        {
            ids = instances.Select(instance => instance.Id).ToArray(),
            names = instances.Select(instance => instance.Name).ToArray(),
            machineIds = instances.Select(instance => instance.MachineId).ToArray(),
            providerIds = instances.Select(instance => instance.InfrastructureProviderId).ToArray(),
            haveInfiniBand = instances.Select(instance => instance.HasInfiniBand).ToArray(),
            shared.Description,
            shared.Tenant.Org,
            tenantId = shared.Tenant.Id,
            shared.Tenant.OrgDisplayName,
            shared.Vpc.SiteId,
            vpcId = shared.Vpc.Id,
            typeId = shared.Type?.Id,
            typeName = shared.Type?.Name,
            shared.BatchId,
            shared.Boot.OperatingSystemId,
            ipxeScript = texts.Seal(shared.Boot.IpxeScript),
            userData = texts.Seal(shared.Boot.UserData),
            shared.Boot.AlwaysBootWithCustomIpxe,
            shared.Boot.PhoneHomeEnabled,
            shared.AutoNetwork,
            shared.AllowUnhealthyMachine,
            shared.Labels,
            now,
            by = caller.UserId,
        },
        ct);
}

/// <summary>What instances that are made together have in common.</summary>
internal sealed record NewInstance
{
    public required TenantRef Tenant { get; init; }

    public required VpcRef Vpc { get; init; }

    public Types.InstanceTypeOffer? Type { get; init; }

    /// <summary>The batch that they are made in; null for a single one.</summary>
    public Guid? BatchId { get; init; }

    public required BootPlan Boot { get; init; }

    public string? Description { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public bool AutoNetwork { get; init; }

    public bool AllowUnhealthyMachine { get; init; }
}

/// <summary>What each has of its own.</summary>
internal sealed record InstanceOnMachine(Guid Id, string Name, string MachineId, Guid InfrastructureProviderId, bool HasInfiniBand);
