using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nico.SiteSimulator.Hardware;

/// <summary>
/// Where everything that looks random at a site comes from: the site's name and what is asked for.
/// The same question to a site of the same name always gets the same answer.
/// </summary>
internal sealed class Seed(string site)
{
    private readonly byte[] _site = SHA256.HashData(Encoding.UTF8.GetBytes("site " + site));

    /// <summary>32 bytes for <paramref name="purpose"/>.</summary>
    public byte[] Bytes(string purpose)
    {
        var text = Encoding.UTF8.GetByteCount(purpose);
        Span<byte> input = stackalloc byte[32 + text];
        _site.CopyTo(input);
        Encoding.UTF8.GetBytes(purpose, input[32..]);
        return SHA256.HashData(input);
    }

    /// <summary>64 bits for <paramref name="purpose"/>: quick, for draws and shuffles.</summary>
    public ulong Number(string purpose)
    {
        var hash = BinaryPrimitives.ReadUInt64LittleEndian(_site) ^ 14695981039346656037UL;
        foreach (var c in purpose)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return Hardware.Draws.Mix(hash);
    }

    /// <summary>A draw from 0 up to, not including, 1.</summary>
    public double Fraction(string purpose) => (Number(purpose) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A UUID (version 4 in form).</summary>
    public string Uuid(string purpose)
    {
        var bytes = Bytes(purpose).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>A series of draws for one thing.</summary>
    public Draws Draws(string purpose) => new(Number(purpose));
}

/// <summary>A reproducible series of draws (SplitMix64).</summary>
internal struct Draws(ulong state)
{
    private const string Alphanumerics = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    private ulong _state = state;

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }

    public ulong Next() => Mix(_state += 0x9e3779b97f4a7c15UL);

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public string Digits(int count) => string.Create(count, Next(), static (text, draw) =>
    {
        for (var i = 0; i < text.Length; i++, draw /= 10)
        {
            text[i] = (char)('0' + draw % 10);
        }
    });

    public string Letters(int count)
    {
        Span<char> text = stackalloc char[count];
        for (var i = 0; i < count; i++)
        {
            text[i] = Alphanumerics[Below(Alphanumerics.Length)];
        }

        return new string(text);
    }

    public void Fill(Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i += 8)
        {
            var draw = Next();
            for (var k = i; k < Math.Min(i + 8, bytes.Length); k++, draw >>= 8)
            {
                bytes[k] = (byte)draw;
            }
        }
    }
}
