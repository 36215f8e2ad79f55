using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nico.SharedKernel.Secrets;

namespace Nico.Audit.Trail;

/// <summary>
/// What is stored of a request: its body as the JSON that came and its query, with everything hidden that must never be stored, at any
/// depth and whatever the case of its name, and with bounds. Source: spec/50-audit.md, sections 2.3 and 6.
/// </summary>
internal static class Secrets
{
    /// <summary>Stored when a body holds no JSON object or array.</summary>
    public const string Nothing = "{}";

    /// <summary>
    /// Bytes of JSON that an entry may hold of a body: an entry is for reading, not for keeping what was uploaded. PostgreSQL shows half as
    /// much again, since it puts blanks between members.
    /// </summary>
    private const int LongestBody = 32 * 1024;

    /// <summary>The same of a query.</summary>
    private const int LongestQuery = 6 * 1024;

    private const string Mask = "*******************";

    private static readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase)
    {
        "ipxeScript", "userData", "publicKey", "defaultBmcUsername", "defaultBmcPassword", "bmcUsername", "bmcPassword",
        "imageAuthToken", "nvOsUsername", "nvOsPassword", "credentials", "clientKey", "clientSecret", "clientSecretBasic", "password", "token", "secret",
    };

    private static readonly string[] _secretParts = ["token", "secret", "password", "signature", "apikey", "api_key"];

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
                if (Length(writer) > LongestBody)
                {
                    return Omitted($"a body of {body.Length} bytes");
                }

                if (root.ValueKind == JsonValueKind.Array)
                {
                    writer.WriteEndObject();
                }
            }

            return Encoding.UTF8.GetString(json.WrittenSpan);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or text that is no UTF-8.
            return Nothing;
        }
    }

    /// <summary>A query: each name with its values. Names that are the same once they can be stored are one.</summary>
    public static string Masked(IQueryCollection query)
    {
        var json = JsonSerializer.Serialize(query
            .SelectMany(pair => pair.Value.Select(value => (Name: Text(pair.Key), Value: IsSecret(pair.Key) ? Mask : Text(value ?? ""))))
            .GroupBy(pair => pair.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(pair => pair.Value)));
        return json.Length <= LongestQuery ? json : $$"""{"omitted":["a query of {{json.Length}} bytes"]}""";
    }

    /// <summary>A text that can be stored, with the secrets of its URLs masked, cut to so many bytes.</summary>
    /// <remarks>Masked before it is cut: half a URL does not show what in it is a password.</remarks>
    public static string Text(string text, int longest) => SharedKernel.Fields.Text.CutBytes(Text(text), longest);

    /// <summary>A path, in which the slashes of a URL come encoded.</summary>
    public static string Path(string path, int longest)
    {
        var plain = path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return Text(UrlSecrets.Masked(plain) == plain ? path : plain, longest);
    }

    private static string Text(string text) => UrlSecrets.Masked(Storable(text));

    private static bool IsSecret(string name) => _names.Contains(name)
        || _secretParts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static string Omitted(string what) => $$"""{"omitted":"{{what}}"}""";

    private static long Length(Utf8JsonWriter writer) => writer.BytesCommitted + writer.BytesPending;

    /// <summary>Stops when it has become too long: whoever calls sees that by its length.</summary>
    private static void Copy(JsonElement element, Utf8JsonWriter writer)
    {
        if (Length(writer) > LongestBody)
        {
            writer.WriteNullValue();
            return;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(Text(member.Name));
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
                writer.WriteStringValue(Text(element.GetString()!));
                break;
            case JsonValueKind.Number:
                Number(element, writer);
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    /// <summary>A number of at most 29 digits; one beyond as the text that it was, since PostgreSQL would write out all of its zeros.</summary>
    private static void Number(JsonElement element, Utf8JsonWriter writer)
    {
        if (element.TryGetDecimal(out var exact))
        {
            writer.WriteNumberValue(exact);
        }
        else
        {
            writer.WriteStringValue(element.GetRawText());
        }
    }

    /// <summary>Without U+0000 and halves of surrogate pairs, which PostgreSQL's text and jsonb do not hold.</summary>
    private static string Storable(string text)
    {
        var stored = text.Replace("\0", "", StringComparison.Ordinal);
        return stored.Any(char.IsSurrogate) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(stored)) : stored;
    }
}
