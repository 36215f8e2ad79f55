using System.Collections;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;
using Nico.SiteSimulator.Serving;

namespace Nico.SiteSimulator;

/// <summary>Lists as a controller sends them that is broken, much newer, or means harm.</summary>
internal static class Twist
{
    private const int LongText = 300_000;
    private const int LargeObject = 20 * 1024 * 1024;
    private const int UnknownField = 15_000;
    private const int UnknownValue = 4711;
    private const int Many = 300;
    private const string Marked = "\ue000\ue000";

    private static readonly ByteString _nobody = ByteString.CopyFromUtf8("no\0body");

    /// <summary>The list with what these faults make of it.</summary>
    public static ObjectFrames Of(string rpc, ObjectFrames list, IReadOnlyList<Fault> faults)
    {
        var isIds = Rpcs.ListsIds(rpc) && rpc != "ListOsImage";
        var method = Forge.Descriptor.FindMethodByName(rpc);
        var type = method.OutputType.Fields[1] is { FieldType: FieldType.Message } field ? field.MessageType : null;
        var shape = FrameShape.OfAnswer(method);
        foreach (var fault in faults)
        {
            var (ids, objects) = Parts(fault.Kind);
            if (isIds)
            {
                ids?.Invoke(list, fault, type);
            }
            else if (objects is not null)
            {
                for (var i = 0; i < list.Objects.Count; i++)
                {
                    // Without a target some objects stay as they are: a site is hardly broken in all of them.
                    var id = new ObjectFrame(list.Objects[i], shape).Id;
                    if (fault.Target is null || string.Equals(id, fault.Target, StringComparison.OrdinalIgnoreCase))
                    {
                        list.Objects[i] = objects(list.Objects[i], type!);
                    }
                }
            }
        }

        return list;
    }

    /// <summary>Ids in requests are taken in any spelling.</summary>
    public static void Unspell(IMessage request) => Texts(request, (_, text) => Guid.TryParse(text, out var id) ? id.ToString() : text);

    private static (Action<ObjectFrames, Fault, MessageDescriptor?>? Ids, Func<ByteString, MessageDescriptor, ByteString>? Objects) Parts(FaultKind kind) => kind switch
    {
        FaultKind.LongTexts => (null, (bytes, type) => Changed(bytes, type, text: _ => new string('x', LongText))),
        FaultKind.SplitTexts => (null, (bytes, type) => Changed(bytes, type, text: _ => new string('x', 499) + "\ud83d\ude00" + new string('y', 498) + "\ud83d\ude00" + "z")),
        FaultKind.OddValues => (null, (bytes, type) => Changed(bytes, type, text: _ => "<script>\0", number: uint.MaxValue, time: long.MaxValue)),
        FaultKind.UnknownEnums => (null, (bytes, type) => Changed(bytes, type, value: UnknownValue)),
        FaultKind.OtherSpelling => ((list, _, _) => Respell(list), (bytes, _) => Upper(bytes)),
        FaultKind.BadBytes => ((list, _, _) => list.Objects.Add(_nobody), (bytes, type) => Broken(bytes, type)),
        FaultKind.LargeObject => (null, (bytes, _) => Grown(bytes)),
        FaultKind.ForeignIds => ((list, fault, type) => list.Objects.Add(Id(fault.Name ?? fault.Target ?? "", type)), null),
        FaultKind.ManyIds => ((list, fault, type) => list.Objects.Add(Enumerable.Range(0, fault.Chunk ?? Many).Select(_ => Id(Guid.NewGuid().ToString(), type))), null),
        _ => (null, null),
    };

    private static ByteString Id(string text, MessageDescriptor? type)
    {
        if (type is null)
        {
            return ByteString.CopyFromUtf8(text);
        }

        var id = type.Parser.ParseFrom(ByteString.Empty);
        type.Fields[1].Accessor.SetValue(id, text);
        return id.ToByteString();
    }

    private static void Respell(ObjectFrames list)
    {
        for (var i = 0; i < list.Objects.Count; i++)
        {
            list.Objects[i] = Upper(list.Objects[i]);
        }
    }

    /// <summary>UUIDs in upper case; the length stays, so the bytes around them do too.</summary>
    private static ByteString Upper(ByteString bytes)
    {
        var text = Encoding.Latin1.GetString(bytes.Span);
        var upper = System.Text.RegularExpressions.Regex.Replace(
            text, "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", match => match.Value.ToUpperInvariant());
        return ByteString.CopyFrom(Encoding.Latin1.GetBytes(upper));
    }

    private static ByteString Changed(
        ByteString bytes, MessageDescriptor type, Func<string, string>? text = null, uint? number = null, long? time = null, int? value = null)
    {
        var message = type.Parser.ParseFrom(bytes);
        Fields(message, (owner, field, old) => (field.FieldType, old) switch
        {
            (FieldType.String, string) when text is not null && !IsId(owner, field) => text((string)old),
            (FieldType.UInt32, _) when number is { } large => large,
            (FieldType.Enum, _) when value is { } unknown => System.Enum.ToObject(field.EnumType.ClrType, unknown),
            (FieldType.Message, Timestamp) when time is { } seconds => new Timestamp { Seconds = seconds },
            _ => old,
        });
        return message.ToByteString();
    }

    private static ByteString Broken(ByteString bytes, MessageDescriptor type)
    {
        var broken = Changed(bytes, type, text: _ => Marked).ToByteArray();
        var mark = Encoding.UTF8.GetBytes(Marked);
        for (var at = broken.AsSpan().IndexOf(mark); at >= 0; at = broken.AsSpan().IndexOf(mark))
        {
            broken.AsSpan(at, mark.Length).Fill(0xff);
        }

        return ByteString.CopyFrom(broken);
    }

    private static ByteString Grown(ByteString bytes)
    {
        using var grown = new MemoryStream();
        bytes.WriteTo(grown);
        using (var output = new CodedOutputStream(grown, leaveOpen: true))
        {
            output.WriteTag(UnknownField, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(new byte[LargeObject]));
        }

        return ByteString.CopyFrom(grown.ToArray());
    }

    private static bool IsId(IMessage owner, FieldDescriptor field) =>
        owner.Descriptor.Fields.InDeclarationOrder().Count == 1 || field.Name is "id" or "organization_id" or "key";

    private static void Texts(IMessage message, Func<FieldDescriptor, string, string> change) =>
        Fields(message, (_, field, old) => field.FieldType == FieldType.String && old is string text ? change(field, text) : old);

    private static void Fields(IMessage message, Func<IMessage, FieldDescriptor, object, object> change)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder().Where(field => !field.IsMap))
        {
            if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (var i = 0; i < list.Count; i++)
                {
                    var old = list[i]!;
                    list[i] = change(message, field, old);
                    Within(list[i]);
                }
            }
            else if (field.HasPresence ? field.Accessor.HasValue(message) : field.FieldType != FieldType.Message)
            {
                field.Accessor.SetValue(message, change(message, field, field.Accessor.GetValue(message)));
                Within(field.Accessor.GetValue(message));
            }
        }

        void Within(object? value)
        {
            if (value is IMessage inner and not Timestamp)
            {
                Fields(inner, change);
            }
        }
    }
}
