using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Nico.Compute.UserData;

/// <summary>How instances tell that they are up: the configuration section <c>PhoneHome</c>.</summary>
public sealed class PhoneHomeOptions
{
    /// <summary>Where a booted operating system calls; put into the user data of instances that are to phone home. Default <c>http://localhost</c>.</summary>
    public string Url { get; set; } = "http://localhost";
}

/// <summary>
/// Puts the order to phone home into a cloud-config, or takes it out. The rest of the text stays as it is.
/// Source: spec/32-operating-system.md, sections 3.2 and 3.4.
/// </summary>
internal sealed class PhoneHome(IOptions<PhoneHomeOptions> options)
{
    private const string Key = "phone_home";
    private const string Header = "#cloud-config";

    private string Block => $"{Key}:\n  url: {options.Value.Url}\n  post: all\n";

    /// <summary>User data with exactly one order to phone home; 400 when it is no YAML mapping in block style.</summary>
    public string Insert(string? userData)
    {
        if (string.IsNullOrEmpty(userData))
        {
            return $"{Header}\n{Block}";
        }

        var entries = TopLevel(userData)
            ?? throw Problem.Invalid("userData", "must be a cloud-config (a YAML mapping in block style) when phone home is enabled");
        var text = Without(userData, entries.Where(entry => entry.Name == Key));
        if (text.Length > 0 && text[^1] != '\n')
        {
            text += '\n';
        }

        return (HasHeader(text) ? "" : Header + "\n") + text + Block;
    }

    /// <summary>User data without Nico's own order to phone home. What is no YAML, or has none, stays as it is; nothing left is an empty text.</summary>
    public string? Remove(string? userData)
    {
        if (string.IsNullOrEmpty(userData) || TopLevel(userData) is not { } entries)
        {
            return userData;
        }

        var own = entries.Where(entry => entry.Name == Key && entry.Url == options.Value.Url).ToArray();
        return own.Length == 0 ? userData : own.Length == entries.Count ? "" : Without(userData, own);
    }

    /// <summary>A first line that says what the text is stays the first line: cloud-init looks at nothing else.</summary>
    private static bool HasHeader(string text)
    {
        var first = text.AsSpan().TrimStart("\n\r").ToString().Split('\n', 2)[0].Trim();
        return first.StartsWith(Header, StringComparison.Ordinal) || first.StartsWith("## template:", StringComparison.Ordinal);
    }

    private static string Without(string text, IEnumerable<Entry> entries)
    {
        var lines = text.Split('\n').ToList();
        foreach (var entry in entries.OrderByDescending(entry => entry.FirstLine))
        {
            lines.RemoveRange(entry.FirstLine, Math.Min(entry.LastLine, lines.Count - 1) - entry.FirstLine + 1);
        }

        return string.Join('\n', lines);
    }

    /// <summary>The entries of the mapping that the text is; null when it is none in block style, or several documents.</summary>
    private static List<Entry>? TopLevel(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.Accept<DocumentStart>(out _))
            {
                return null;
            }

            parser.Consume<DocumentStart>();
            if (!parser.TryConsume<MappingStart>(out var root) || root.Style == MappingStyle.Flow)
            {
                return null;
            }

            List<Entry> entries = [];
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                entries.Add(ReadEntry(parser));
            }

            parser.Consume<DocumentEnd>();
            return parser.Accept<StreamEnd>(out _) ? entries : null;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    private static Entry ReadEntry(Parser parser)
    {
        var key = parser.Current!;
        var name = key is Scalar scalar ? scalar.Value : null;
        var last = SkipValue(parser);
        string? url = null;
        if (parser.Current is MappingStart)
        {
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out var end))
            {
                var inner = parser.Current is Scalar { Value: "url" };
                last = Math.Max(last, SkipValue(parser));
                url = inner && parser.Current is Scalar value ? value.Value : url;
                last = Math.Max(last, SkipValue(parser));
            }
        }
        else
        {
            last = Math.Max(last, SkipValue(parser));
        }

        return new Entry(name, url, (int)key.Start.Line - 1, last);
    }

    /// <summary>Passes one value; the number (from 0) of the last line that it has text on.</summary>
    private static int SkipValue(Parser parser)
    {
        var depth = 0;
        var last = 0;
        do
        {
            var seen = parser.Consume<ParsingEvent>();
            depth += seen.NestingIncrease;

            // A block ends where the next thing begins; only what has text of its own tells where it ends.
            if (seen is not (MappingEnd or SequenceEnd))
            {
                var line = (int)seen.End.Line - (seen.End.Column <= 1 && seen.End.Line > seen.Start.Line ? 1 : 0);
                last = Math.Max(last, line - 1);
            }
        }
        while (depth > 0);

        return last;
    }

    private sealed record Entry(string? Name, string? Url, int FirstLine, int LastLine);
}
