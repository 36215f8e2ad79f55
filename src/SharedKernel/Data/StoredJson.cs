using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nico.SharedKernel.Data;

/// <summary>
/// Part of an answer that is stored as the JSON it is answered as. Read from its column it is text that goes out as it is: a
/// page of machines with all their parts would be taken apart and put together again otherwise.
/// </summary>
public abstract record StoredJson
{
    /// <summary>The column's text; null for a value that was made of its members.</summary>
    [JsonIgnore]
    internal string? Stored { get; init; }

    /// <summary>Writes what is stored, and what is not member by member.</summary>
    internal sealed class Converters(JsonSerializerOptions byMember) : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsSubclassOf(typeof(StoredJson));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert), byMember)!;
    }

    private sealed class Converter<T>(JsonSerializerOptions byMember) : JsonConverter<T>
        where T : StoredJson
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonSerializer.Deserialize<T>(ref reader, byMember);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (value.Stored is { } stored)
            {
                writer.WriteRawValue(stored, skipInputValidation: true);
            }
            else
            {
                JsonSerializer.Serialize(writer, value, byMember);
            }
        }
    }
}
