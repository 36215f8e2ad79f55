using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Nico.SharedKernel.Fields;

namespace Nico.Host.Operations;

/// <summary>
/// Log lines as JSON, with the members that .NET's own formatter writes, but none longer than <see cref="LongestLine"/>, whatever is logged.
/// </summary>
internal sealed class BoundedJsonFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    /// <summary>Bytes of a line.</summary>
    public const int LongestLine = 8 << 10;

    /// <summary>Name of the formatter, for <c>Logging:Console:FormatterName</c>.</summary>
    public const string FormatterName = "nico";

    private const int MostMembers = 32;
    private const int ShortestText = 32;

    /// <summary>What others write is printed as it is, but for controls: escapes would make six characters of one.</summary>
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = new ArrayBufferWriter<byte>();
        var longest = LongestLine / 4;
        do
        {
            line.ResetWrittenCount();
            Write(logEntry, line, longest);
            longest /= 2;
        }
        while (line.WrittenCount >= LongestLine && longest >= ShortestText);
        textWriter.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
    }

    private void Write<TState>(in LogEntry<TState> entry, ArrayBufferWriter<byte> line, int longest)
    {
        using var json = new Utf8JsonWriter(line, _json);
        json.WriteStartObject();
        json.WriteString("Timestamp", clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        json.WriteNumber("EventId", entry.EventId.Id);
        json.WriteString("LogLevel", entry.LogLevel.ToString());
        json.WriteString("Category", Text.Printable(entry.Category, longest));
        json.WriteString("Message", Text.Printable(entry.Formatter(entry.State, entry.Exception), longest));
        if (entry.Exception is { } exception)
        {
            json.WriteString("Exception", Text.Cut(exception.ToString(), longest).ReplaceLineEndings(" | "));
        }

        if (entry.State is IReadOnlyCollection<KeyValuePair<string, object?>> members)
        {
            json.WriteStartObject("State");
            foreach (var (name, value) in members.Take(MostMembers).Where(member => member.Key != "{OriginalFormat}"))
            {
                switch (value)
                {
                    case null: json.WriteNull(name); break;
                    case int number: json.WriteNumber(name, number); break;
                    case long number: json.WriteNumber(name, number); break;
                    case bool flag: json.WriteBoolean(name, flag); break;
                    default: json.WriteString(name, Text.Printable(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", longest)); break;
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
