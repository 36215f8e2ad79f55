#nullable enable

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Nico.SiteProtocol.Frames;

/// <summary>
/// An object as its bytes came. It is read through only when there is news: a site may have tens of thousands, each of tens of kilobytes,
/// and in most rounds nothing has changed in any. What makes no sense of one object is nothing to the others of its list.
/// </summary>
public sealed class ObjectFrame
{
    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    public ObjectFrame(ByteString bytes, FrameShape shape)
    {
        Bytes = bytes;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        using var hash = shape.IsWhole ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            if (shape.IdPath.Count == 0)
            {
                Id = TextOf(bytes);
            }
            else
            {
                using var input = bytes.CreateCodedInput();
                Walk(input, bytes.Length, shape, within: 0, hash);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // What is broken shows when it is read; the id may have come before it.
            hash?.AppendData(bytes.Span);
        }

        if (hash is null)
        {
            SHA256.HashData(bytes.Span, digest);
        }
        else
        {
            hash.GetHashAndReset(digest);
        }

        Hash = BinaryPrimitives.ReadInt64LittleEndian(digest);
    }

    /// <summary>All of it.</summary>
    public ByteString Bytes { get; }

    /// <summary>Its id as it is spelt; null when the bytes say none.</summary>
    public string? Id { get; private set; }

    /// <summary>Of all that does not change with every look.</summary>
    public long Hash { get; }

    /// <summary>Goes field by field up to <paramref name="end"/>; what counts goes into the hash as it is.</summary>
    private void Walk(CodedInputStream input, long end, FrameShape shape, int within, IncrementalHash? hash)
    {
        while (input.Position < end)
        {
            var start = (int)input.Position;
            var tag = input.ReadTag();
            var field = WireFormat.GetTagFieldNumber(tag);
            var isNested = WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
            if (within == 0 && isNested && shape.PassesWithin(field))
            {
                var length = input.ReadLength();
                Walk(input, input.Position + length, shape, field, hash);
                continue;
            }

            if (within == 0 && isNested && field == shape.IdPath[0])
            {
                Id = Find(input.ReadBytes(), shape.IdPath, 1) ?? Id;
            }
            else
            {
                input.SkipLastField();
            }

            if (hash is not null && !(within == 0 ? shape.Passes(field) : shape.PassesWithin(within, field)))
            {
                hash.AppendData(Bytes.Span[start..(int)input.Position]);
            }
        }
    }

    private static string? Find(ByteString bytes, IReadOnlyList<int> path, int depth)
    {
        if (depth == path.Count)
        {
            return TextOf(bytes);
        }

        string? found = null;
        using var input = bytes.CreateCodedInput();
        while (!input.IsAtEnd)
        {
            var tag = input.ReadTag();
            if (WireFormat.GetTagFieldNumber(tag) == path[depth] && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found = Find(input.ReadBytes(), path, depth + 1);
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }

    private static string? TextOf(ByteString bytes)
    {
        try
        {
            return bytes.Length == 0 ? null : _strict.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
