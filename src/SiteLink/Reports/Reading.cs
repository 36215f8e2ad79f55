using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;

namespace Nico.SiteLink.Reports;

/// <summary>
/// Makes what a controller says harmless, whatever its kind: texts and lists get a bound, what is no value of its type is left out, ids
/// that are UUIDs are spelt as Nico spells them. A controller is trusted no more than a caller.
/// </summary>
public sealed class Reading
{
    /// <summary>Longest report of one object: so many characters of texts, and what is in lists beyond that.</summary>
    public const int Longest = 256 * 1024;

    /// <summary>Longest text that Nico itself gave the site, which comes back with the object.</summary>
    private const int LongestEcho = 4096;

    private const int LongestCertificate = 16 * 1024;
    private const int MostRemarks = 20;

    // What Nico wrote itself is compared with what it wrote, so it is not cut where its own bounds are wider.
    private static readonly HashSet<MessageDescriptor> _echoes = [Metadata.Descriptor, Label.Descriptor, OsImageAttributes.Descriptor];
    private static readonly HashSet<MessageDescriptor> _untouched = [SiteProtocol.Forge.OperatingSystem.Descriptor, InlineIpxe.Descriptor];

    private readonly List<string> _leftOut = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private int _left = Longest;

    private Reading()
    {
    }

    /// <summary>What was left out, and why; the first ones.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>Makes the message harmless, and tells what had to be left out.</summary>
    public static Reading Of(IMessage message)
    {
        var reading = new Reading();
        reading.Read(message, "");
        return reading;
    }

    /// <summary>Notes that something was left out.</summary>
    public void LeaveOut(string what, string why)
    {
        _paths.Add(what);
        if (_leftOut.Count < MostRemarks)
        {
            _leftOut.Add($"{what} {why}");
        }
    }

    /// <summary>True when the field, named by its path, or something within it was left out.</summary>
    public bool Lacks(string path) => _paths.Any(lost =>
        lost.StartsWith(path, StringComparison.Ordinal) && (lost.Length == path.Length || lost[path.Length] is '.' or '['));

    private void Read(IMessage message, string path)
    {
        if (_untouched.Contains(message.Descriptor))
        {
            return;
        }

        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var name = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (field.IsMap)
            {
                ReadMap((IDictionary)field.Accessor.GetValue(message), name);
            }
            else if (field.IsRepeated)
            {
                ReadList(field, (IList)field.Accessor.GetValue(message), name);
            }
            else if (!field.HasPresence || field.Accessor.HasValue(message))
            {
                var value = field.Accessor.GetValue(message);
                if (Value(field, value, name) is not { } read)
                {
                    field.Accessor.Clear(message);
                }
                else if (!ReferenceEquals(read, value))
                {
                    field.Accessor.SetValue(message, read);
                }
            }
        }
    }

    private void ReadList(FieldDescriptor field, IList list, string name)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (_left <= 0)
            {
                LeaveOut(name, $"has {list.Count - i} more entries than a report may have");
                while (list.Count > i)
                {
                    list.RemoveAt(list.Count - 1);
                }

                return;
            }

            _left -= 8;
            var value = list[i]!;
            if (Value(field, value, $"{name}[{i}]") is not { } read)
            {
                list.RemoveAt(i--);
            }
            else if (!ReferenceEquals(read, value))
            {
                list[i] = read;
            }
        }
    }

    private void ReadMap(IDictionary map, string name)
    {
        foreach (DictionaryEntry entry in (DictionaryEntry[])[.. map.Cast<DictionaryEntry>()])
        {
            _left -= 8 + Size(entry.Key) + Size(entry.Value);
            if (_left <= 0 || new[] { entry.Key, entry.Value }.OfType<string>().Any(text => !SiteText.IsClean(text) || text.Length > SiteText.Longest))
            {
                map.Remove(entry.Key);
                LeaveOut(name, "has entries that are too long or hold control characters");
            }
        }

        static int Size(object? value) => value is string text ? text.Length : 8;
    }

    /// <summary>The value as it may be kept, which is the same object where nothing is wrong with it; null for none.</summary>
    private object? Value(FieldDescriptor field, object value, string name)
    {
        switch (value)
        {
            case string { Length: 0 } or null:
                return value;
            case string text:
                return Text(field, text, name);
            case Timestamp time:
                if (!IsTime(time))
                {
                    LeaveOut(name, "is no time");
                    return null;
                }

                return time;
            case IMessage inner:
                Read(inner, name);
                return inner;
            case ByteString bytes:
                _left -= bytes.Length;
                return bytes;
            default:
                if (field.FieldType == FieldType.Enum && field.EnumType.FindValueByNumber(Convert.ToInt32(value, null)) is null)
                {
                    LeaveOut(name, $"is {Convert.ToInt32(value, null)}, which is not known here");
                    return field.HasPresence || field.IsRepeated ? null : value;
                }

                return value;
        }
    }

    private string? Text(FieldDescriptor field, string text, string name)
    {
        var type = field.ContainingType;
        var isEcho = _echoes.Contains(type);
        if (isEcho ? text.Contains('\0', StringComparison.Ordinal) : !SiteText.IsClean(text))
        {
            LeaveOut(name, "holds control characters");
            return null;
        }

        if (field.Name.EndsWith("certificate", StringComparison.Ordinal))
        {
            if (text.Length > LongestCertificate)
            {
                LeaveOut(name, $"has {text.Length} characters");
                return null;
            }
        }
        else if (type == HealthProbeAlert.Descriptor && field.Name.EndsWith("message", StringComparison.Ordinal))
        {
            text = SiteText.CutBytes(text, SiteText.LongestAlert);
        }
        else
        {
            text = SiteText.Cut(text, isEcho ? LongestEcho : SiteText.Longest);
        }

        if (_left < text.Length && !isEcho)
        {
            LeaveOut(name, "is beyond what a report may have");
            return null;
        }

        _left -= text.Length;
        return IsId(type) && Guid.TryParse(text, out var id) && id.ToString() is var spelt && spelt != text ? spelt : text;
    }

    /// <summary>A message with nothing but one text is an id.</summary>
    private static bool IsId(MessageDescriptor type) => type.Fields.InDeclarationOrder() is [{ Name: "value" }];

    private static bool IsTime(Timestamp time) =>
        time is { Seconds: >= -62_135_596_800 and <= 253_402_300_799, Nanos: >= 0 and < 1_000_000_000 };
}
