namespace Nico.Tests.Slices.Clients;

/// <summary>Something in an answer of ours that a generated client of a contract refuses.</summary>
/// <param name="What">The contract's schema and member, and what is wrong with it.</param>
/// <param name="Versions">The contracts whose clients refuse it.</param>
/// <param name="Why">The reason that it is so.</param>
internal sealed record Difference(string What, string Versions, string Why);

/// <summary>
/// Every difference between what our document allows and what clients of the contracts take. The list only shrinks: a test fails for an entry
/// that is no longer needed.
/// </summary>
internal static class Differences
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Difference> All { get; } =
    [
        .. Because("1.6, 2.0", "null says that there is none; the contract would have it left out",
            "AllocationConstraint.instanceType null",
            "AllocationConstraint.ipBlock null",
            "AuditEntry.user null",
            "Instance.networkSecurityGroupPropagationDetails null",
            "InstanceType.allocationStats null",
            "IpBlock.usageStats null",
            "Machine.health null",
            "Machine.metadata null",
            "MachineMetadata.bmcInfo null",
            "MachineMetadata.dmiData null",
            "Site.contact null",
            "Site.location null",
            "Site.machineStats null",
            "Subnet.mtu null",
            "Subnet.usageStats null",
            "TenantAccount.tenantContact null",
            "VPC.networkSecurityGroupPropagationDetails null",
            "VpcPrefix.usageStats null"),

        .. Because("2.0", "an object, as the servers of 1.6 and 2.0 send it",
            "AuditEntry.body object",
            "AuditEntry.queryParams object"),

        .. Because("1.6, 2.0", "null says that none were given; the contract has an empty object",
            "Instance.labels null",
            "VPC.labels null"),

        .. Because("2.0", "a report without it is shown without it",
            "MachineHealthProbeAlert.id absent",
            "MachineHealthProbeAlert.message absent",
            "MachineHealthProbeSuccess.id absent"),

        .. Because("2.0", "a spelling of 1.6's server, on its way out",
            "MachineHealthProbeAlert.in_alert_since unknown",
            "MachineHealthProbeAlert.tenant_message unknown"),

        .. Because("1.6, 2.0", "a kind that only sites make; a VPC of it is shown as it is",
            "VPC.networkVirtualizationType value ETHERNET_VIRTUALIZER_WITH_NVUE",
            "VPC.networkVirtualizationType value FNN_CLASSIC",
            "VPC.networkVirtualizationType value FNN_L3"),

        .. Because("2.0", "a text is answered; contract 1.6 has no body",
            "delete-allocation 202 text/plain",
            "delete-instance 202 text/plain",
            "delete-instance-type 202 text/plain",
            "delete-instance-type-machine-association 202 text/plain",
            "delete-ipblock 202 text/plain",
            "delete-machine 202 text/plain",
            "delete-operating-system 202 text/plain",
            "delete-site 202 text/plain",
            "delete-tenant-account 202 text/plain",
            "delete-vpc 202 text/plain"),
    ];

    private static readonly Dictionary<string, HashSet<string>> _byVersion = new[] { "1.6", "2.0" }.ToDictionary(
        version => version,
        version => All.Where(one => one.Versions.Split(", ").Contains(version)).Select(one => one.What).ToHashSet());

    /// <summary>What clients of this version refuse.</summary>
    public static IReadOnlySet<string> Of(string version) => _byVersion[version];

    private static IEnumerable<Difference> Because(string versions, string why, params string[] what) => what.Select(one => new Difference(one, versions, why));
}
