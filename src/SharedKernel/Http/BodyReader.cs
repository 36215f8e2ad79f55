using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using FluentValidation.Results;
using Nico.SharedKernel.Limits;

namespace Nico.SharedKernel.Http;

/// <summary>
/// Fills a request record from a JSON body. It follows our own types, never the caller's nesting: what no type asks for is passed over.
/// Each value of a wrong type, each text and each list over its bound is a failure under its own path.
/// </summary>
internal sealed class BodyReader
{
    private readonly LimitOptions _limits;
    private readonly List<ValidationFailure> _failures;

    private BodyReader(LimitOptions limits, List<ValidationFailure> failures) => (_limits, _failures) = (limits, failures);

    /// <summary>Reads <paramref name="body"/> into <paramref name="request"/>; a blank one and <c>null</c> leave it as it is.</summary>
    public static void Read(
        ReadOnlySequence<byte> body, bool isJson, object request, RequestShape shape, LimitOptions limits, List<ValidationFailure> failures)
    {
        if (IsBlank(body))
        {
            return;
        }

        if (!isJson)
        {
            throw new Problem(400, "The body must be JSON, sent with the content type application/json");
        }

        using var document = Parse(body);
        switch (document.RootElement.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.Object:
                new BodyReader(limits, failures).Fill(request, shape, document.RootElement, null);
                break;
            default:
                throw new Problem(400, "The body must be a JSON object");
        }
    }

    private static JsonDocument Parse(ReadOnlySequence<byte> body)
    {
        try
        {
            // Reads the first value and leaves whatever follows it.
            var reader = new Utf8JsonReader(body);
            var document = JsonDocument.ParseValue(ref reader);
            RequireStorable(body.Slice(0, reader.BytesConsumed));
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new Problem(400, "The body is not valid JSON: " + e.Message);
        }
    }

    /// <summary>PostgreSQL's text has no U+0000, and a lone surrogate has no UTF-8: both come as escapes only, and are looked for in one pass.</summary>
    private static void RequireStorable(ReadOnlySequence<byte> json)
    {
        if (json.IsSingleSegment)
        {
            RequireStorable(json.FirstSpan);
            return;
        }

        var copy = ArrayPool<byte>.Shared.Rent((int)json.Length);
        try
        {
            json.CopyTo(copy);
            RequireStorable(copy.AsSpan(0, (int)json.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static void RequireStorable(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            throw new JsonException("it is not UTF-8");
        }

        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
            {
                continue;
            }

            var text = ArrayPool<char>.Shared.Rent(reader.ValueSpan.Length);
            try
            {
                if (text.AsSpan(0, reader.CopyString(text)).Contains('\0'))
                {
                    throw new Problem(400, "The body holds a character that text cannot hold (U+0000)");
                }
            }
            finally
            {
                ArrayPool<char>.Shared.Return(text);
            }
        }
    }

    private static bool IsBlank(ReadOnlySequence<byte> body)
    {
        foreach (var part in body)
        {
            if (part.Span.ContainsAnyExcept(" \t\r\n"u8))
            {
                return false;
            }
        }

        return true;
    }

    private void Fill(object target, RequestShape shape, JsonElement json, FieldPath? at)
    {
        // Of a member that is given twice the last counts.
        var given = new JsonElement?[shape.Body.Count];
        foreach (var member in json.EnumerateObject())
        {
            if (shape.BodyIndex.TryGetValue(member.Name, out var index))
            {
                given[index] = member.Value;
            }
        }

        for (var i = 0; i < given.Length && _failures.Count <= ValidationProblem.MostFields; i++)
        {
            if (given[i] is { ValueKind: not JsonValueKind.Null } value)
            {
                var (name, property) = shape.Body[i];
                var path = at is null ? FieldPath.Of(name) : at.Field(name);
                if (Value(value, property.PropertyType, Bound.Of(property, _limits), path, out var read))
                {
                    property.SetValue(target, read);
                }
            }
        }
    }

    /// <summary>The value as <paramref name="type"/>; false when it is wrong, which has then been said.</summary>
    private bool Value(JsonElement json, Type type, Bound bound, FieldPath path, out object? value)
    {
        value = null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (json.ValueKind == JsonValueKind.Null && !type.IsValueType)
        {
            return true;
        }

        if (RequestShape.ElementType(type) is { } element)
        {
            return List(json, element, bound, path, out value);
        }

        if (RequestShape.EntryType(type) is { } entry)
        {
            return Dictionary(json, entry, bound, path, out value);
        }

        if (IsRecord(type))
        {
            return Record(json, type, path, out value);
        }

        try
        {
            value = json.Deserialize(type, Wire.Json);
        }
        catch (JsonException e)
        {
            return Fail(path, Explain(e, type));
        }

        return value is not string text || Encoding.UTF8.GetByteCount(text) <= bound.Bytes || Fail(path, bound.TooLong);
    }

    private bool Record(JsonElement json, Type type, FieldPath path, out object? value)
    {
        value = null;
        if (!Is(JsonValueKind.Object, "an object", json, path))
        {
            return false;
        }

        var failed = _failures.Count;
        value = Activator.CreateInstance(type)!;
        Fill(value, RequestShape.Of(type), json, path);
        return _failures.Count == failed;
    }

    private bool List(JsonElement json, Type element, Bound bound, FieldPath path, out object? value)
    {
        value = null;
        if (!Is(JsonValueKind.Array, "a list", json, path) || !Fits(json.GetArrayLength(), bound, path))
        {
            return false;
        }

        var failed = _failures.Count;
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        var index = 0;
        foreach (var item in json.EnumerateArray())
        {
            if (Value(item, element, bound, path.Item(index++), out var read))
            {
                list.Add(read);
            }
        }

        value = list;
        return _failures.Count == failed;
    }

    private bool Dictionary(JsonElement json, Type entry, Bound bound, FieldPath path, out object? value)
    {
        value = null;
        if (!Is(JsonValueKind.Object, "an object", json, path) || !Fits(json.GetPropertyCount(), bound, path))
        {
            return false;
        }

        var failed = _failures.Count;
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), entry))!;
        foreach (var member in json.EnumerateObject())
        {
            var at = path.Entry(member.Name);
            if (Encoding.UTF8.GetByteCount(member.Name) > Bound.KeyBytes)
            {
                Fail(at, $"must have a name of at most {Bound.KeyBytes} bytes");
            }
            else if (Value(member.Value, entry, bound, at, out var read))
            {
                dictionary[member.Name] = read;
            }
        }

        value = dictionary;
        return _failures.Count == failed;
    }

    /// <summary>Records of ours are read member by member; what has a converter, and every other type, is one value.</summary>
    private static bool IsRecord(Type type) =>
        type.IsClass
        && type != typeof(string)
        && type.Assembly.GetName().Name!.StartsWith("Nico.", StringComparison.Ordinal)
        && type.GetCustomAttribute<JsonConverterAttribute>() is null
        && type.GetConstructor(Type.EmptyTypes) is not null;

    private bool Is(JsonValueKind kind, string what, JsonElement json, FieldPath path) => json.ValueKind == kind || Fail(path, "must be " + what);

    private bool Fits(int entries, Bound bound, FieldPath path) => entries <= bound.Entries || Fail(path, bound.TooMany);

    private bool Fail(FieldPath path, string message)
    {
        _failures.Add(ValidationProblem.At(path, message));
        return false;
    }

    private static string Explain(JsonException e, Type type) =>
        type.IsEnum ? "must be one of " + string.Join(", ", EnumText.Names(type))
        : type == typeof(Guid) ? "must be a UUID in lower case"
        : type == typeof(string) ? "must be text"
        : type == typeof(bool) ? "must be true or false"
        : type == typeof(int) || type == typeof(long) ? "must be a whole number"
        : e.InnerException is null && e.Message.StartsWith("must", StringComparison.Ordinal) ? e.Message
        : "has a value of the wrong type";
}
