using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Nico.SiteProtocol.Forge;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>What is compiled from our .proto files is what the controller speaks, where the table of its protocol is at hand.</summary>
public sealed partial class ProtocolTests
{
    private static readonly string[] _packages = ["common", "forge", "health", "machine_discovery"];

    [Fact]
    public void Every_call_message_and_enum_is_the_controller_s()
    {
        var table = Table();
        Assert.SkipWhen(table is null, "shared/contract/core-wire.txt is not at hand");
        var theirs = Read(table!);
        var problems = new List<string>();
        foreach (var (name, lines) in Ours())
        {
            if (!theirs.TryGetValue(name, out var known))
            {
                problems.Add($"{name} is not in the table");
                continue;
            }

            problems.AddRange(lines.Except(known).Select(line => $"{name}: '{line}' is not in the table"));

            // Calls that Nico does not make are left out; a message or an enum is there as a whole.
            if (!name.StartsWith("service", StringComparison.Ordinal))
            {
                problems.AddRange(known.Except(lines).Select(line => $"{name}: '{line}' is missing"));
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private static string? Table()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "contract", "core-wire.txt");
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>The table: headings at the margin, their lines indented.</summary>
    private static Dictionary<string, HashSet<string>> Read(string path)
    {
        var read = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        HashSet<string>? present = null;
        foreach (var line in File.ReadLines(path).Where(line => Entry().IsMatch(line)))
        {
            if (!char.IsWhiteSpace(line[0]))
            {
                present = read[line.Trim()] = [];
            }
            else
            {
                // Deprecation is advice to programmers; it does not show on the wire.
                present!.Add(line.Trim() is var entry && entry.EndsWith(" deprecated", StringComparison.Ordinal) ? entry[..^" deprecated".Length] : entry);
            }
        }

        return read;
    }

    /// <summary>The same of what is compiled.</summary>
    private static IEnumerable<(string Heading, IEnumerable<string> Lines)> Ours()
    {
        var files = new HashSet<FileDescriptor>();
        Collect(ForgeReflection.Descriptor, files);
        foreach (var file in files.Where(file => _packages.Contains(file.Package)))
        {
            foreach (var service in file.Services)
            {
                yield return ($"service {service.FullName}", service.Methods.Select(Line));
            }

            foreach (var type in file.MessageTypes.SelectMany(WithNested).Where(type => !IsMapEntry(type)))
            {
                yield return ($"message {type.FullName}", type.Fields.InFieldNumberOrder().Select(Line));
            }

            foreach (var type in file.EnumTypes.Concat(file.MessageTypes.SelectMany(WithNested).SelectMany(type => type.EnumTypes)))
            {
                yield return ($"enum {type.FullName}", type.Values.Select(value => $"{value.Number} {value.Name}"));
            }
        }
    }

    private static void Collect(FileDescriptor file, HashSet<FileDescriptor> files)
    {
        if (files.Add(file))
        {
            foreach (var other in file.Dependencies)
            {
                Collect(other, files);
            }
        }
    }

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static bool IsMapEntry(MessageDescriptor type) => type.ToProto().Options?.MapEntry == true;

    private static string Line(MethodDescriptor method)
    {
        var (toStream, fromStream) = (method.IsClientStreaming ? "stream " : "", method.IsServerStreaming ? "stream " : "");
        return $"rpc {method.Name}: {toStream}{method.InputType.FullName} -> {fromStream}{method.OutputType.FullName}";
    }

    private static string Line(FieldDescriptor field)
    {
        var proto = field.ToProto();
        var type = field.IsMap
            ? $"map<{TypeOf(field.MessageType.FindFieldByNumber(1))},{TypeOf(field.MessageType.FindFieldByNumber(2))}>"
            : (proto.Proto3Optional ? "optional " : field.IsRepeated ? "repeated " : "") + TypeOf(field);
        return $"{field.FieldNumber} {field.Name}: {type}{(field.RealContainingOneof is { } oneof ? $" oneof={oneof.Name}" : "")}";
    }

    private static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var scalar => scalar.ToString().ToLowerInvariant(),
    };

    [GeneratedRegex(@"^(service|message|enum) \S|^\s+(rpc |-?\d+ )")]
    private static partial Regex Entry();
}
