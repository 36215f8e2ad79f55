#nullable enable

using System.Collections.Concurrent;
using Google.Protobuf.Reflection;

namespace Nico.SiteProtocol.Frames;

/// <summary>How the bytes of one kind of object are gone through: where its id is, and what in them is no news.</summary>
public sealed class FrameShape
{
    private static readonly ConcurrentDictionary<MessageDescriptor, FrameShape> _known = [];
    private readonly HashSet<(int Field, int Inner)> _passing;

    private FrameShape(int[] idPath, HashSet<(int, int)> passing) => (IdPath, _passing) = (idPath, passing);

    /// <summary>An id by itself: the whole frame is its text.</summary>
    public static FrameShape Text { get; } = new([], []);

    /// <summary>The fields down to the id's text.</summary>
    public IReadOnlyList<int> IdPath { get; }

    /// <summary>True when everything counts.</summary>
    public bool IsWhole => _passing.Count == 0;

    /// <summary>
    /// The shape of a message: its id is in the field <c>id</c> or <c>organization_id</c>, a text or a message that wraps one, or in its
    /// <c>attributes</c>; a message with nothing but one text is an id.
    /// </summary>
    public static FrameShape Of(MessageDescriptor message) => _known.GetOrAdd(message, type => new FrameShape([.. PathIn(type)], []));

    /// <summary>The shape of what the RPC lists.</summary>
    public static FrameShape OfAnswer(MethodDescriptor rpc) => rpc.OutputType.Fields.InDeclarationOrder() is [{ FieldNumber: 1, IsRepeated: true } objects]
        ? objects.FieldType == FieldType.Message ? Of(objects.MessageType) : Text
        : throw new ArgumentException($"{rpc.Name} answers with no list.", nameof(rpc));

    /// <summary>The same, without these fields, which change with every look of a controller; the second number is of a field within the first.</summary>
    public FrameShape Without(params IEnumerable<(int Field, int Inner)> passing) => new([.. IdPath], [.. passing]);

    /// <summary>True when the field is no news as a whole.</summary>
    public bool Passes(int field) => _passing.Contains((field, 0));

    /// <summary>True when something within the field is no news.</summary>
    public bool PassesWithin(int field) => _passing.Any(path => path.Field == field && path.Inner != 0);

    /// <summary>True when that within the field is no news.</summary>
    public bool PassesWithin(int field, int inner) => _passing.Contains((field, inner));

    private static IEnumerable<int> PathIn(MessageDescriptor message)
    {
        var fields = message.Fields.InDeclarationOrder();
        var id = fields is [{ FieldType: FieldType.String, IsRepeated: false } only]
            ? only
            : message.FindFieldByName("id") ?? message.FindFieldByName("organization_id") ?? message.FindFieldByName("attributes");
        return id switch
        {
            { IsRepeated: false, FieldType: FieldType.String } => [id.FieldNumber],
            { IsRepeated: false, FieldType: FieldType.Message } => [id.FieldNumber, .. PathIn(id.MessageType)],
            _ => throw new ArgumentException($"{message.Name} has no id."),
        };
    }
}
