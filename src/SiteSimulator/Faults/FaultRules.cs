using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator;

/// <summary>What makes a fault a sensible one, and how it is written down.</summary>
internal static class FaultRules
{
    public static readonly IReadOnlyList<string> Resources = ["tenant", "vpc", "vpc-prefix", "segment", "machine", "instance", "instance-type", "os-image"];

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new Seconds() },
    };

    private static readonly HashSet<string> Rpcs =
        [.. Nico.SiteProtocol.Forge.ForgeReflection.Descriptor.Services.SelectMany(service => service.Methods).Select(method => method.Name)];

    public static bool ConcernsCalls(FaultKind kind) => kind <= FaultKind.ChunkFails;

    public static void Check(Fault fault)
    {
        var single = fault.Kind is FaultKind.ObjectLost or FaultKind.Drift or FaultKind.MachineIngests or FaultKind.MachineRepaired
            or FaultKind.UpdateOffered;
        Require(Enum.IsDefined(fault.Kind), $"There is no fault kind {fault.Kind}.");
        Require(fault.Rpc is null || Rpcs.Contains(fault.Rpc), $"The protocol has no RPC {fault.Rpc}.");
        Require(fault.Resource is null || Resources.Contains(fault.Resource), $"resource is one of {string.Join(", ", Resources)}.");
        Require(fault.Phase is null || Journeys.InstancePhases.Contains(fault.Phase),
            $"phase is one of {string.Join(", ", Journeys.InstancePhases)}.");
        Require(fault.Percent is >= 0 and <= 100, "percent is from 0 to 100.");
        Require(fault.Count is null or > 0, "count is at least 1.");
        Require(fault.Chunk is null or > 0, "chunk is at least 1.");
        foreach (var time in (ReadOnlySpan<TimeSpan?>)[fault.After, fault.For, fault.Delay, fault.Period])
        {
            Require(time is null || time >= TimeSpan.Zero && time <= TimeSpan.FromDays(3650), "Times are from 0 s to ten years.");
        }

        Require(!single || fault.Target is not null, $"{Text(fault.Kind)} needs a target.");
        Require(fault.Kind is not (FaultKind.ObjectLost or FaultKind.Drift or FaultKind.ObjectAppears) || fault.Resource is not null,
            $"{Text(fault.Kind)} needs a resource.");
        Require(fault.Code is null || Enum.IsDefined(fault.Code.Value) && fault.Code != Grpc.Core.StatusCode.OK, "code is the name of a gRPC status other than OK.");
    }

    /// <summary>Whether a request names <paramref name="id"/> anywhere.</summary>
    public static bool Names(IMessage message, string id)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.IsMap || field.FieldType is not (FieldType.String or FieldType.Message))
            {
                continue;
            }

            var value = field.Accessor.GetValue(message);
            var found = value switch
            {
                string text => text == id,
                IMessage inner => Names(inner, id),
                System.Collections.IList list => list.Cast<object>().Any(item => item is string text ? text == id : item is IMessage inner && Names(inner, id)),
                _ => false,
            };
            if (found)
            {
                return true;
            }
        }

        return false;
    }

    public static string Text(FaultKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ArgumentException(otherwise);
        }
    }

    /// <summary>Times as a number of seconds.</summary>
    private sealed class Seconds : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var seconds = reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : throw new JsonException("A time is a number of seconds.");
            return Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : throw new JsonException("The time is too long.");
        }

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
    }
}
