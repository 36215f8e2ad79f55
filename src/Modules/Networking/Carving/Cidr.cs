using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Nico.Networking.Carving;

/// <summary>An IPv4 or IPv6 network: its first address and its length, host bits zero.</summary>
internal readonly record struct Cidr : IComparable<Cidr>
{
    private Cidr(UInt128 first, int length, bool isIpv6) => (First, Length, IsIpv6) = (first, length, isIpv6);

    /// <summary>The first address as a number.</summary>
    public UInt128 First { get; }

    /// <summary>Length of the prefix in bits.</summary>
    public int Length { get; }

    /// <summary>True for IPv6.</summary>
    public bool IsIpv6 { get; }

    /// <summary>Bits of an address: 32 or 128.</summary>
    public int AddressBits => IsIpv6 ? 128 : 32;

    /// <summary>Bits left for hosts.</summary>
    public int HostBits => AddressBits - Length;

    /// <summary>The last address as a number.</summary>
    public UInt128 Last => First + Mask(HostBits);

    /// <summary>The network address, without length.</summary>
    public string Address => Text(First, IsIpv6);

    /// <summary>The network that begins at <paramref name="first"/>; the caller sees to its alignment.</summary>
    public static Cidr At(UInt128 first, int length, bool isIpv6) => new(first, length, isIpv6);

    /// <summary>The network of address and length; null when the text is no address of that family or has host bits.</summary>
    public static Cidr? Parse(string address, int length, bool isIpv6)
    {
        // Only an address that is spelled as it would be printed: no leading zeros, no "10.1", no zone.
        if (!IPAddress.TryParse(address, out var ip)
            || ip.AddressFamily != (isIpv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork)
            || length < 0
            || length > (isIpv6 ? 128 : 32))
        {
            return null;
        }

        var cidr = new Cidr(Number(ip), length, isIpv6);
        return cidr.Address == address && (cidr.First & Mask(cidr.HostBits)) == 0 ? cidr : null;
    }

    /// <summary>A network as PostgreSQL prints it: <c>10.0.0.0/8</c>.</summary>
    public static Cidr Of(string text)
    {
        var network = IPNetwork.Parse(text);
        return new Cidr(Number(network.BaseAddress), network.PrefixLength, network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6);
    }

    /// <summary>An address as a number.</summary>
    public static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out var written);
        return written == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The address <paramref name="offset"/> after the first, such as the gateway of a subnet (1).</summary>
    public string AddressAt(uint offset) => Text(First + offset, IsIpv6);

    /// <summary>True when <paramref name="address"/> lies in this network.</summary>
    public bool Contains(UInt128 address) => address >= First && address <= Last;

    /// <summary>True when all of <paramref name="other"/> lies in this network.</summary>
    public bool Contains(Cidr other) => IsIpv6 == other.IsIpv6 && Length <= other.Length && Contains(other.First);

    public int CompareTo(Cidr other) => First.CompareTo(other.First);

    public override string ToString() => $"{Address}/{Length}";

    internal static UInt128 Mask(int bits) => bits >= 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;

    private static string Text(UInt128 number, bool isIpv6)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return isIpv6 ? Ipv6Text(bytes) : new IPAddress(bytes[12..]).ToString();
    }

    /// <summary>
    /// RFC 5952. Not what the runtime prints: that spells the end of some networks as an IPv4 address which has nothing to do with it
    /// (<c>2001:db8::5efe:1.2.3.4</c>).
    /// </summary>
    private static string Ipv6Text(ReadOnlySpan<byte> bytes)
    {
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 8; i++)
        {
            groups[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]);
        }

        if (groups[..5].IndexOfAnyExcept((ushort)0) < 0 && groups[5] == 0xffff)
        {
            return "::ffff:" + new IPAddress(bytes[12..]);
        }

        // The longest run of zeros, the first of equals, is left out; a single zero is not.
        var (from, length) = (-1, 1);
        for (var i = 0; i < 8; i++)
        {
            var run = groups[i..].IndexOfAnyExcept((ushort)0) is >= 0 and var end ? end : 8 - i;
            if (run > length)
            {
                (from, length) = (i, run);
            }
        }

        return from < 0 ? Join(groups) : $"{Join(groups[..from])}::{Join(groups[(from + length)..])}";

        static string Join(ReadOnlySpan<ushort> groups) =>
            string.Join(':', groups.ToArray().Select(group => group.ToString("x", CultureInfo.InvariantCulture)));
    }
}
