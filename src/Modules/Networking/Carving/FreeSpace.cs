using System.Numerics;

namespace Nico.Networking.Carving;

/// <summary>What is free in a block, and where the next part of it goes. Source: spec/20-ip-and-allocation.md, sections 3.3 and 3.5.</summary>
internal static class FreeSpace
{
    /// <summary>
    /// The free networks of <paramref name="block"/> in ascending order, each as large as it can be. <paramref name="taken"/> are the
    /// ranges in use, ascending and apart from each other.
    /// </summary>
    public static IEnumerable<Cidr> Of(Cidr block, IEnumerable<(UInt128 First, UInt128 Last)> taken)
    {
        var from = block.First;
        foreach (var (first, last) in taken)
        {
            if (first > from)
            {
                foreach (var free in Aligned(from, first - 1, block))
                {
                    yield return free;
                }
            }

            if (last >= block.Last)
            {
                yield break;
            }

            from = last + 1;
        }

        foreach (var free in Aligned(from, block.Last, block))
        {
            yield return free;
        }
    }

    /// <summary>Best fit: the start of the smallest free network that is large enough, the lowest of equals; null when there is none.</summary>
    public static Cidr? BestFit(IEnumerable<Cidr> free, int length)
    {
        Cidr? best = null;
        foreach (var candidate in free)
        {
            if (candidate.Length <= length && (best is null || candidate.Length > best.Value.Length))
            {
                best = candidate;
            }
        }

        return best is { } found ? Cidr.At(found.First, length, found.IsIpv6) : null;
    }

    private static IEnumerable<Cidr> Aligned(UInt128 first, UInt128 last, Cidr block)
    {
        while (true)
        {
            // As many host bits as the start is aligned to and as still fit.
            var bits = (int)Math.Min((ulong)block.AddressBits, first == 0 ? (ulong)block.AddressBits : (ulong)UInt128.TrailingZeroCount(first));
            while (Cidr.Mask(bits) > last - first)
            {
                bits--;
            }

            yield return Cidr.At(first, block.AddressBits - bits, block.IsIpv6);
            var end = first + Cidr.Mask(bits);
            if (end >= last)
            {
                yield break;
            }

            first = end + 1;
        }
    }

    /// <summary>How many networks of <paramref name="hostBits"/> fit into the free ones, at most <paramref name="cap"/>.</summary>
    public static long Count(IEnumerable<Cidr> free, int hostBits, long cap)
    {
        var count = BigInteger.Zero;
        foreach (var cidr in free)
        {
            count += cidr.HostBits >= hostBits ? BigInteger.One << (cidr.HostBits - hostBits) : 0;
        }

        return count > cap ? cap : (long)count;
    }
}
