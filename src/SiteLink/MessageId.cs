using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Nico.SiteLink;

/// <summary>Finds the id in a message of the controller: a text, or a message that wraps one.</summary>
internal static class MessageId
{
    private static readonly ConcurrentDictionary<MessageDescriptor, Func<IMessage, string?>> _readers = [];

    /// <summary>The id of the object that <paramref name="message"/> describes; null when it has none.</summary>
    public static string? Of(IMessage message) => _readers.GetOrAdd(message.Descriptor, Reader)(message) is { Length: > 0 } id ? id : null;

    private static Func<IMessage, string?> Reader(MessageDescriptor type)
    {
        if ((type.FindFieldByName("id") ?? type.FindFieldByName("organization_id")) is not { IsRepeated: false } field)
        {
            return _ => null;
        }

        if (field.FieldType == FieldType.String)
        {
            return message => (string?)field.Accessor.GetValue(message);
        }

        return field.FieldType == FieldType.Message && field.MessageType.Fields.InDeclarationOrder() is [{ FieldType: FieldType.String, IsRepeated: false } text]
            ? message => field.Accessor.GetValue(message) is IMessage id ? (string?)text.Accessor.GetValue(id) : null
            : _ => null;
    }
}
