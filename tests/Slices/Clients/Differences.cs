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
        .. Because("2.0", "an object, as the servers of 1.6 and 2.0 send it",
            "AuditEntry.body object",
            "AuditEntry.queryParams object"),

        .. Because("2.0", "it is always sent, which our document does not say",
            "MachineHealthProbeAlert.id absent",
            "MachineHealthProbeAlert.message absent",
            "MachineHealthProbeSuccess.id absent",
            "MachineLifecycleState.isAboveSLA absent",
            "MachineLifecycleState.slaSeconds absent",
            "MachineLifecycleState.value absent",
            "MessageResponse.message absent",
            "TenantAccountSiteCapability.targetedInstanceCreation absent"),

        .. Because("1.6, 2.0", "a kind that only sites make; a VPC of it is shown as it is",
            "VPC.networkVirtualizationType value ETHERNET_VIRTUALIZER_WITH_NVUE",
            "VPC.networkVirtualizationType value FNN_CLASSIC",
            "VPC.networkVirtualizationType value FNN_L3"),
    ];

    private static readonly Dictionary<string, HashSet<string>> _byVersion = new[] { "1.6", "2.0" }.ToDictionary(
        version => version,
        version => All.Where(one => one.Versions.Split(", ").Contains(version)).Select(one => one.What).ToHashSet());

    /// <summary>What clients of this version refuse.</summary>
    public static IReadOnlySet<string> Of(string version) => _byVersion[version];

    private static IEnumerable<Difference> Because(string versions, string why, params string[] what) => what.Select(one => new Difference(one, versions, why));
}
