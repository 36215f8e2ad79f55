using System.Text.Json.Serialization;

namespace Nico.Networking.Carving;

/// <summary>How much of a network is in use.</summary>
public sealed record IpBlockUsageStats
{
    /// <summary>The largest number that is told; what is more is told as this.</summary>
    internal const long Cap = int.MaxValue;

    /// <summary>Free networks that are listed at most.</summary>
    internal const int Listed = 1000;

    /// <summary>All addresses of the network, in use or not; at most 2147483647. 0 when the whole network was given away as one.</summary>
    [JsonPropertyName("availableIPs")]
    public long AvailableIPs { get; init; }

    /// <summary>Addresses that are in use or reserved.</summary>
    [JsonPropertyName("acquiredIPs")]
    public long AcquiredIPs { get; init; }

    /// <summary>The free networks of at least four addresses in ascending order, at most the first 1000.</summary>
    public IReadOnlyList<string> AvailablePrefixes { get; init; } = [];

    /// <summary>How many networks of four addresses could still be made; at most 2147483647.</summary>
    public long AvailableSmallestPrefixes { get; init; }

    /// <summary>Networks that were carved out of this one.</summary>
    public long AcquiredPrefixes { get; init; }

    /// <summary>The usage of a network from whose free space networks are carved. Source: spec/20-ip-and-allocation.md, section 3.5.</summary>
    internal static IpBlockUsageStats Of(Cidr network, IReadOnlyList<(UInt128 First, UInt128 Last)> taken, long carved, long acquiredIps)
    {
        var free = FreeSpace.Of(network, taken).Where(cidr => cidr.HostBits >= 2).ToArray();
        return new IpBlockUsageStats
        {
            AvailableIPs = Addresses(network),
            AcquiredIPs = acquiredIps,
            AvailablePrefixes = [.. free.Take(Listed).Select(cidr => cidr.ToString())],
            AvailableSmallestPrefixes = FreeSpace.Count(free, 2, Cap),
            AcquiredPrefixes = carved,
        };
    }

    /// <summary>The addresses of a network, capped.</summary>
    internal static long Addresses(Cidr network) => network.HostBits >= 31 ? Cap : 1L << network.HostBits;
}
