using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Nico.Compute.UserData;

/// <summary>An entry of a mapping, from its key's first character to just after its value's last.</summary>
/// <param name="Name">The key, when it is a scalar.</param>
/// <param name="Url">The scalar under <c>url</c>, when the value is a mapping that has one.</param>
internal sealed record Entry(string? Name, string? Url, int Start, int End)
{
    /// <summary>The entry as it is written in <paramref name="text"/>.</summary>
    public string In(string text) => text[Start..End];
}

/// <summary>Where things are in a text that is one YAML mapping.</summary>
/// <param name="Entries">The entries of the mapping; a key may be there more than once.</param>
/// <param name="IsFlow">True for <c>{a: 1}</c>.</param>
/// <param name="Start">Where the mapping begins.</param>
/// <param name="End">Just after the brace of a flow mapping; where another entry of a block mapping goes.</param>
/// <param name="Indent">How far the entries of a block mapping are indented.</param>
internal sealed record CloudConfig(IReadOnlyList<Entry> Entries, bool IsFlow, int Start, int End, int Indent)
{
    /// <summary>Nothing that people write is nested deeper; what is takes the parser ever longer.</summary>
    private const int MaxDepth = 100;

    /// <summary>What YAML takes for the end of a line.</summary>
    public static char[] LineBreaks { get; } = ['\n', '\r', '\u0085', '\u2028', '\u2029'];

    /// <summary>The mapping that <paramref name="text"/> is; null when it is none, or several documents.</summary>
    public static CloudConfig? Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _) || !parser.TryConsume<MappingStart>(out var root))
            {
                return null;
            }

            List<Entry> entries = [];
            MappingEnd close;
            while (!parser.TryConsume(out close!))
            {
                entries.Add(ReadEntry(parser));
            }

            var isFlow = root.Style == MappingStyle.Flow;
            if (!isFlow && IsTabbed(text, (int)root.Start.Index))
            {
                return null;
            }

            var document = parser.Consume<DocumentEnd>();
            return !parser.Accept<StreamEnd>(out _) ? null : new CloudConfig(
                entries,
                isFlow,
                (int)root.Start.Index,
                isFlow ? AfterBracket(close) : document.IsImplicit ? text.Length : (int)document.Start.Index,
                isFlow ? 0 : (int)root.Start.Column - 1);
        }
        catch (YamlException)
        {
            return null;
        }
    }

    /// <summary>YAML indents with spaces only; this parser lets tabs pass, cloud-init's does not.</summary>
    private static bool IsTabbed(string text, int at) => at > 0 && text[at - 1] == '\t';

    /// <summary>Just after the line on which the character before <paramref name="at"/> is.</summary>
    public static int EndOfLine(string text, int at)
    {
        if (at > 0 && LineBreaks.Contains(text[at - 1]))
        {
            return at;
        }

        var end = text.IndexOfAny(LineBreaks, at);
        return end < 0 ? text.Length : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
    }

    private static Entry ReadEntry(Parser parser)
    {
        var start = (int)parser.Current!.Start.Index;
        var name = (parser.Current as Scalar)?.Value;
        var end = Pass(parser);
        string? url = null;
        if (parser.Current is MappingStart { Style: var style })
        {
            end = Math.Max(end, (int)parser.Consume<MappingStart>().End.Index);
            MappingEnd close;
            while (!parser.TryConsume(out close!))
            {
                var isUrl = parser.Current is Scalar { Value: "url" };
                end = Math.Max(end, Pass(parser));
                url = isUrl && parser.Current is Scalar value ? value.Value : url;
                end = Math.Max(end, Pass(parser));
            }

            end = style == MappingStyle.Flow ? AfterBracket(close) : end;
        }
        else
        {
            end = Math.Max(end, Pass(parser));
        }

        return new Entry(name, url, start, end);
    }

    /// <summary>The parser finds the end of a flow at its closing bracket, not behind it.</summary>
    private static int AfterBracket(ParsingEvent close) => (int)close.Start.Index + 1;

    /// <summary>Passes one value; just after its last character.</summary>
    private static int Pass(Parser parser)
    {
        var isFlow = new Stack<bool>();
        var end = 0;
        do
        {
            var seen = parser.Consume<ParsingEvent>();
            switch (seen)
            {
                case MappingStart mapping:
                    isFlow.Push(mapping.Style == MappingStyle.Flow);
                    break;
                case SequenceStart sequence:
                    isFlow.Push(sequence.Style == SequenceStyle.Flow);
                    break;
                case MappingEnd or SequenceEnd when !isFlow.Pop():
                    // A block ends where the next thing begins; what is in it tells where its text ends.
                    continue;
            }

            if (isFlow.Count > MaxDepth)
            {
                throw new YamlException("nested too deeply");
            }

            end = seen switch
            {
                MappingEnd or SequenceEnd => AfterBracket(seen),

                // A value that is not there is found where the next thing is.
                Scalar { Value: "", Style: ScalarStyle.Plain } => end,
                _ => Math.Max(end, (int)seen.End.Index),
            };
        }
        while (isFlow.Count > 0);

        return end;
    }
}
