using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Nico.SiteSimulator.Rules;

/// <summary>A block of addresses, or with the full length a single one.</summary>
internal readonly record struct Cidr(UInt128 First, int Length, bool V6)
{
    public int Bits => V6 ? 128 : 32;

    public UInt128 Last => First | HostMask;

    public IPAddress Address => ToAddress(First, V6);

    private UInt128 HostMask => Length == 0 && V6 ? UInt128.MaxValue : (UInt128.One << (Bits - Length)) - 1;

    public bool Overlaps(Cidr other) => V6 == other.V6 && First <= other.Last && other.First <= Last;

    public bool Contains(Cidr other) => V6 == other.V6 && First <= other.First && other.Last <= Last;

    public bool Contains(UInt128 address, bool v6) => V6 == v6 && First <= address && address <= Last;

    /// <summary>How many blocks of two addresses fit in.</summary>
    public UInt128 Pairs => Length >= Bits ? 0 : UInt128.One << (Bits - 1 - Length);

    public override string ToString() => $"{Address}/{Length}";

    /// <summary>Reads a block whose address is its first one; anything else is refused.</summary>
    public static Cidr Canonical(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            || !int.TryParse(text.AsSpan(slash + 1), out var length))
        {
            throw Refuse.Invalid($"\"{text}\" is not a network prefix");
        }

        var (number, v6) = Number(address);
        if (!v6 && !text.AsSpan(0, slash).SequenceEqual(address.ToString()))
        {
            throw Refuse.Invalid($"\"{text}\" is not a network prefix");
        }

        var cidr = new Cidr(number, length, v6);
        if (length < 0 || length > cidr.Bits)
        {
            throw Refuse.Invalid($"\"{text}\" is not a network prefix");
        }

        return (number & cidr.HostMask) == 0
            ? cidr
            : throw Refuse.Invalid($"IP prefix {text} is not in canonical form: it has bits set after its first {length}");
    }

    public static (UInt128 Number, bool V6) Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? (BinaryPrimitives.ReadUInt32BigEndian(bytes), false)
            : (BinaryPrimitives.ReadUInt128BigEndian(bytes), true);
    }

    public static (UInt128 Number, bool V6)? TryNumber(string? text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            ? Number(address)
            : null;

    public static IPAddress ToAddress(UInt128 number, bool v6)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (v6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
            return new IPAddress(bytes);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number);
        return new IPAddress(bytes[..4]);
    }
}
