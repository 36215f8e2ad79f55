namespace Nico.SiteSimulator.Serving;

/// <summary>Which RPC is about what.</summary>
internal static class Rpcs
{
    /// <summary>The kind of object that an RPC is about; null for the site itself.</summary>
    public static string? Resource(string rpc) => rpc switch
    {
        "Version" => null,
        "RemoveMachineInstanceTypeAssociation" => "machine",
        _ when rpc.Contains("InstanceType", StringComparison.Ordinal) => "instance-type",
        _ when rpc.Contains("OsImage", StringComparison.Ordinal) => "os-image",
        _ when rpc.Contains("VpcPrefix", StringComparison.Ordinal) => "vpc-prefix",
        _ when rpc.Contains("Vpc", StringComparison.Ordinal) => "vpc",
        _ when rpc.Contains("Segment", StringComparison.Ordinal) => "segment",
        _ when rpc.Contains("Tenant", StringComparison.Ordinal) => "tenant",
        _ when rpc.Contains("Instance", StringComparison.Ordinal) => "instance",
        _ => "machine",
    };

    /// <summary>Whether it lists the ids of a kind, which begins a round.</summary>
    public static bool ListsIds(string rpc) =>
        rpc is "SearchVpcPrefixes" or "ListOsImage" || (rpc.StartsWith("Find", StringComparison.Ordinal) && rpc.EndsWith("Ids", StringComparison.Ordinal) && !ReadsByIds(rpc));

    /// <summary>Whether it reads objects by their ids, a chunk of a round.</summary>
    public static bool ReadsByIds(string rpc) =>
        rpc is "GetVpcPrefixes" or "FindTenantsByOrganizationIds" || rpc.EndsWith("ByIds", StringComparison.Ordinal);
}
