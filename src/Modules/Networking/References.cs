using Nico.SharedKernel;

namespace Nico.Networking;

/// <summary>References to kinds of objects of which there are none yet: each id is an unknown one.</summary>
internal static class References
{
    /// <summary>400 when any security group is named.</summary>
    public static void RequireNoSecurityGroup(IEnumerable<string> ids, string field)
    {
        foreach (var id in ids)
        {
            throw Problem.Invalid(field, $"network security group {id} does not exist");
        }
    }

    /// <summary>400 when any NVLink partition is named.</summary>
    public static void RequireNoNvLinkPartition(IEnumerable<Guid> ids, string field)
    {
        foreach (var id in ids)
        {
            throw Problem.Invalid(field, $"NVLink logical partition {id} does not exist");
        }
    }
}
