using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nico.Audit.Trail;

/// <summary>
/// What is stored of a request's body: the JSON as it came, with everything hidden that must never be stored, at any depth and
/// whatever the case of its name. Source: spec/50-audit.md, sections 2.3 and 6.
/// </summary>
internal static class Secrets
{
    /// <summary>Stored when a body holds no JSON object or array.</summary>
    public const string Nothing = "{}";

    /// <summary>Bytes of JSON that an entry may hold: an entry is for reading, not for keeping what was uploaded.</summary>
    private const int LongestBody = 256 * 1024;

    private const string Mask = "*******************";

    private static readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase)
    {
        "ipxeScript", "userData", "publicKey", "defaultBmcUsername", "defaultBmcPassword", "bmcUsername", "bmcPassword",
        "imageAuthToken", "nvOsUsername", "nvOsPassword", "credentials", "clientKey", "clientSecret", "clientSecretBasic", "password", "token", "secret",
    };

    /// <summary>The body with its secrets masked: an object as it is, an array under <c>items</c>, anything else as nothing.</summary>
    public static string Masked(ReadOnlySpan<byte> body)
    {
        try
        {
            // Like the reader of requests: the first value counts, and whatever follows it does not.
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            {
                return Nothing;
            }

            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json))
            {
                if (root.ValueKind == JsonValueKind.Array)
                {
                    writer.WriteStartObject();
                    writer.WritePropertyName("items");
                }

                Copy(root, writer);
                if (root.ValueKind == JsonValueKind.Array)
                {
                    writer.WriteEndObject();
                }
            }

            return json.WrittenCount <= LongestBody
                ? Encoding.UTF8.GetString(json.WrittenSpan)
                : string.Create(CultureInfo.InvariantCulture, $$"""{"omitted":"a body of {{json.WrittenCount}} bytes"}""");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or text that is no UTF-8.
            return Nothing;
        }
    }

    private static void Copy(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(Storable(member.Name));
                    if (_names.Contains(member.Name))
                    {
                        writer.WriteStringValue(Mask);
                    }
                    else
                    {
                        Copy(member.Value, writer);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Copy(item, writer);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Storable(element.GetString()!));
                break;
            case JsonValueKind.Number:
                Number(element, writer);
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    /// <summary>A number within the bounds of PostgreSQL's; one beyond them as the text that it was.</summary>
    private static void Number(JsonElement element, Utf8JsonWriter writer)
    {
        if (element.TryGetDecimal(out var exact))
        {
            writer.WriteNumberValue(exact);
        }
        else if (element.TryGetDouble(out var near) && double.IsFinite(near))
        {
            writer.WriteNumberValue(near);
        }
        else
        {
            writer.WriteStringValue(element.GetRawText());
        }
    }

    /// <summary>Without U+0000, which PostgreSQL's text and jsonb do not hold.</summary>
    public static string Storable(string text) => text.Replace("\0", "", StringComparison.Ordinal);
}
