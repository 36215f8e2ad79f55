using System.Text.Json;
using System.Text.Json.Serialization;
using Nico.SharedKernel.Data;

namespace Nico.SharedKernel;

/// <summary>How values look on the wire. Source: spec/00-conventions.md, sections 5 and 6.</summary>
public static class Wire
{
    /// <summary>The options for every request and response body.</summary>
    public static JsonSerializerOptions Json { get; } = Configure(new JsonSerializerOptions { Converters = { new StoredJson.Converters(Configure(new JsonSerializerOptions())) } });

    /// <summary>Applies the wire's rules to <paramref name="options"/>.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = true;
        options.DictionaryKeyPolicy = null;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
        options.Converters.Add(new BodyUuid());
        return options;
    }

    /// <summary>The JSON name of a member: lowerCamelCase of its C# name.</summary>
    public static string Name(string member) => JsonNamingPolicy.CamelCase.ConvertName(member);

    /// <summary>A UUID in a body: 8-4-4-4-12 digits in lower case, nothing else (section 5.3).</summary>
    private sealed class BodyUuid : JsonConverter<Guid>
    {
        public override Guid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String
            && reader.GetString() is { Length: 36 } text
            && Guid.TryParseExact(text, "D", out var id)
            && !text.AsSpan().ContainsAnyInRange('A', 'F')
                ? id
                : throw new JsonException("must be a UUID in lower case, such as 018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d");

        public override void Write(Utf8JsonWriter writer, Guid value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
