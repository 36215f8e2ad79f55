using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastEndpoints;
using FluentValidation.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Nico.SharedKernel.Http;

/// <summary>
/// Makes a request record of path, query string and JSON body, property by property, so that every value of a wrong type is
/// reported at once and under its own name. Source: spec/00-conventions.md, section 5.
/// </summary>
public sealed class RequestReader<TRequest> : IRequestBinder<TRequest>
    where TRequest : notnull
{
    private static readonly RequestShape _shape = RequestShape.Of(typeof(TRequest));

    public async ValueTask<TRequest> BindAsync(BinderContext ctx, CancellationToken ct)
    {
        var request = Activator.CreateInstance<TRequest>();
        var failures = ctx.ValidationFailures;
        foreach (var (name, property) in _shape.Path)
        {
            var text = (string?)ctx.HttpContext.Request.RouteValues[name] ?? "";
            Set(request, property, name, ParameterText.Parse(text, property.PropertyType, out var error), error, failures);
        }

        if (_shape.Query.Count > 0)
        {
            ReadQuery(ctx.HttpContext.Request.Query, request, failures);
        }

        if (_shape.Body.Count > 0)
        {
            await ReadBody(ctx.HttpContext.Request, request, failures, ct);
        }

        return request;
    }

    private static void ReadQuery(IQueryCollection query, TRequest request, List<ValidationFailure> failures)
    {
        foreach (var (name, property, rule) in _shape.Query)
        {
            var values = Values(query, name, rule.IgnoreCase);
            if (values.Count == 0)
            {
                continue;
            }

            var key = rule.ErrorKey ?? name;
            if (ElementType(property.PropertyType) is { } element)
            {
                var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
                foreach (var text in values)
                {
                    var value = ParameterText.Parse(text ?? "", element, out var error);
                    if (error is not null)
                    {
                        failures.Add(new ValidationFailure(key, error));
                        break;
                    }

                    list.Add(value);
                }

                property.SetValue(request, list);
            }
            else if (rule.KeepEmpty || !string.IsNullOrEmpty(values[0]))
            {
                Set(request, property, key, ParameterText.Parse(values[0] ?? "", property.PropertyType, out var error), error, failures);
            }
        }
    }

    private static StringValues Values(IQueryCollection query, string name, bool ignoreCase)
    {
        // IQueryCollection ignores case; the names of this API's parameters do not, but for paging.
        foreach (var (key, values) in query)
        {
            if (string.Equals(key, name, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
            {
                return values;
            }
        }

        return query.TryGetValue(name, out var other) ? other : default;
    }

    private static async Task ReadBody(HttpRequest http, TRequest request, List<ValidationFailure> failures, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await http.Body.CopyToAsync(buffer, ct);
        var bytes = new ReadOnlySequence<byte>(buffer.GetBuffer(), 0, (int)buffer.Length);
        if (IsBlank(bytes))
        {
            return;
        }

        if (!http.HasJsonContentType())
        {
            throw new Problem(400, "The body must be JSON, sent with the content type application/json");
        }

        using var document = Parse(bytes);
        if (document.RootElement.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new Problem(400, "The body must be a JSON object");
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            members[member.Name] = member.Value;
        }

        foreach (var (name, property) in _shape.Body)
        {
            if (!members.TryGetValue(name, out var element) || element.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            try
            {
                property.SetValue(request, element.Deserialize(property.PropertyType, Wire.Json));
            }
            catch (JsonException e)
            {
                var path = e.Path is { Length: > 1 } inner ? name + inner[1..] : name;
                failures.Add(new ValidationFailure(path, Explain(e, property.PropertyType)));
            }
        }
    }

    private static JsonDocument Parse(ReadOnlySequence<byte> bytes)
    {
        try
        {
            // Reads the first value and leaves whatever follows it.
            var reader = new Utf8JsonReader(bytes);
            var document = JsonDocument.ParseValue(ref reader);
            _ = Strings(document.RootElement).All(Storable) ? true : throw new Problem(400, "The body holds a character that text cannot hold (U+0000)");
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new Problem(400, "The body is not valid JSON: " + e.Message);
        }
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Strings(member.Value).Prepend(member.Name)),
        _ => [],
    };

    /// <summary>PostgreSQL's text has no U+0000; a lone surrogate has no UTF-8 (and makes GetString throw before this).</summary>
    private static bool Storable(string text) => !text.Contains('\0', StringComparison.Ordinal);

    private static bool IsBlank(ReadOnlySequence<byte> bytes)
    {
        foreach (var b in bytes.FirstSpan)
        {
            if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return false;
            }
        }

        return true;
    }

    private static string Explain(JsonException e, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsEnum ? "must be one of " + string.Join(", ", EnumText.Names(plain))
            : plain == typeof(Guid) ? "must be a UUID in lower case"
            : plain == typeof(string) ? "must be text"
            : plain == typeof(bool) ? "must be true or false"
            : plain == typeof(int) || plain == typeof(long) ? "must be a whole number"
            : e.InnerException is null && e.Message.StartsWith("must", StringComparison.Ordinal) ? e.Message
            : "has a value of the wrong type";
    }

    private static Type? ElementType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    private static void Set(
        TRequest request, System.Reflection.PropertyInfo property, string key, object? value, string? error, List<ValidationFailure> failures)
    {
        if (error is null)
        {
            property.SetValue(request, value);
        }
        else
        {
            failures.Add(new ValidationFailure(key, error));
        }
    }
}

/// <summary>Values as they stand in a path or a query string.</summary>
public static class ParameterText
{
    /// <summary>The value of <paramref name="text"/> as <paramref name="type"/>, or what is wrong with it.</summary>
    public static object? Parse(string text, Type type, out string? error)
    {
        error = null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            error = text.Contains('\0', StringComparison.Ordinal) ? "holds a character that text cannot hold (U+0000)" : null;
            return text;
        }

        if (type == typeof(Guid))
        {
            if (TryUuid(text, out var id))
            {
                return id;
            }

            error = "must be a UUID";
        }
        else if (type == typeof(int))
        {
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            error = "must be a whole number";
        }
        else if (type == typeof(bool))
        {
            switch (text)
            {
                case "1" or "t" or "T" or "TRUE" or "true" or "True": return true;
                case "0" or "f" or "F" or "FALSE" or "false" or "False": return false;
                default: error = "must be true or false"; break;
            }
        }
        else if (type.IsEnum)
        {
            if (EnumText.TryParse(type, text) is { } value)
            {
                return value;
            }

            error = "must be one of " + string.Join(", ", EnumText.Names(type));
        }
        else
        {
            throw new InvalidOperationException($"No parameter can be a {type}");
        }

        return null;
    }

    /// <summary>Any case, with braces, with <c>urn:uuid:</c>, or 32 digits (section 5.3).</summary>
    private static bool TryUuid(string text, out Guid id)
    {
        // Lengths, because Guid itself would let white space pass.
        var bare = text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) ? text[9..] : text;
        id = default;
        return bare.Length switch
        {
            36 => Guid.TryParseExact(bare, "D", out id),
            38 => Guid.TryParseExact(bare, "B", out id),
            32 => Guid.TryParseExact(bare, "N", out id),
            _ => false,
        };
    }
}

/// <summary>Enumerations by their wire names.</summary>
public static class EnumText
{
    /// <summary>Names in the order of declaration.</summary>
    public static IReadOnlyList<string> Names(Type type) => Enum.GetNames(type);

    /// <summary>The value called <paramref name="text"/> without regard to case, or null. Numbers are not names.</summary>
    public static object? TryParse(Type type, string text)
    {
        var name = Names(type).FirstOrDefault(n => string.Equals(n, text, StringComparison.OrdinalIgnoreCase));
        return name is null ? null : Enum.Parse(type, name);
    }
}

/// <summary>Turns validation failures into the <c>data</c> of a 400.</summary>
public static class ValidationProblem
{
    /// <summary>One message a field (its first), nested as the fields are nested.</summary>
    public static Problem From(IEnumerable<ValidationFailure> failures)
    {
        var data = new JsonObject();
        var message = "";
        foreach (var group in failures.GroupBy(f => f.PropertyName, StringComparer.Ordinal))
        {
            var text = group.First().ErrorMessage;
            message += (message.Length == 0 ? "" : "; ") + (group.Key is "__all__" or "" ? text : $"{group.Key}: {text}");
            Put(data, Steps(group.Key is "" ? "__all__" : group.Key), text);
        }

        return new Problem(400, message, data);
    }

    private static string[] Steps(string path) => path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');

    private static void Put(JsonObject data, ReadOnlySpan<string> steps, string text)
    {
        if (steps.Length == 1)
        {
            data.TryAdd(steps[0], text);
            return;
        }

        if (data[steps[0]] is not JsonObject inner)
        {
            if (data.ContainsKey(steps[0]))
            {
                return;
            }

            data[steps[0]] = inner = [];
        }

        Put(inner, steps[1..], text);
    }
}
