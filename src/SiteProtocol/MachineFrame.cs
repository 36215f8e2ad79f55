#nullable enable

using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Health;
using Reported = Nico.SiteProtocol.Forge.Machine;

namespace Nico.SiteProtocol.Frames;

/// <summary>
/// A machine as its bytes came. It is read through only when there is news: a site has tens of thousands of them, each of tens of
/// kilobytes, and in most rounds nothing has changed in any.
/// </summary>
public sealed class MachineFrame
{
    // What changes with every look of a controller at a machine, and nothing is kept of.
    private static readonly HashSet<int> _passing =
    [
        Reported.StateSlaFieldNumber, Reported.LastObservationTimeFieldNumber, Reported.IbStatusFieldNumber, Reported.NvlinkStatusObservationFieldNumber,
    ];

    private static readonly HashSet<int> _passingInHealth = [HealthReport.ObservedAtFieldNumber];

    private readonly ByteString _bytes;

    public MachineFrame(ByteString bytes)
    {
        _bytes = bytes;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using var input = bytes.CreateCodedInput();
            Walk(input, bytes.Length, _passing, hash);
        }
        catch (InvalidProtocolBufferException)
        {
            // Without an id it is applied each time: there it fails, alone.
            Id = null;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        Hash = BinaryPrimitives.ReadInt64LittleEndian(digest);
    }

    /// <summary>Its id; null when the bytes say none, or are no machine.</summary>
    public string? Id { get; private set; }

    /// <summary>Of all that does not change with every look.</summary>
    public long Hash { get; }

    /// <summary>All of it.</summary>
    public Reported Read() => Reported.Parser.ParseFrom(_bytes);

    /// <summary>Goes field by field up to <paramref name="end"/>; what counts goes into the hash as it is.</summary>
    private void Walk(CodedInputStream input, long end, HashSet<int> passing, IncrementalHash hash)
    {
        while (input.Position < end)
        {
            var start = (int)input.Position;
            var tag = input.ReadTag();
            var field = WireFormat.GetTagFieldNumber(tag);
            if (passing == _passing && tag == WireFormat.MakeTag(Reported.HealthFieldNumber, WireFormat.WireType.LengthDelimited))
            {
                var length = input.ReadLength();
                Walk(input, input.Position + length, _passingInHealth, hash);
                continue;
            }

            if (passing == _passing && tag == WireFormat.MakeTag(Reported.IdFieldNumber, WireFormat.WireType.LengthDelimited))
            {
                Id = MachineId.Parser.ParseFrom(input.ReadBytes()).Id is { Length: > 0 } id ? id : null;
            }
            else
            {
                input.SkipLastField();
            }

            if (!passing.Contains(field))
            {
                hash.AppendData(_bytes.Span[start..(int)input.Position]);
            }
        }
    }
}
