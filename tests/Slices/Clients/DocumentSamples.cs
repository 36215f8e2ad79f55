using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Clients;

/// <summary>
/// Answers that a document allows: with everything, each enum with each of its values, and at each depth without what may be absent and with null
/// where it may be. Whatever a client could refuse is in one of them.
/// </summary>
internal sealed class DocumentSamples(JsonObject document)
{
    private const int Deepest = 12;
    private const int MostValues = 40;

    /// <summary>Every documented answer of every operation: its content type, and its bodies if it is JSON.</summary>
    public IEnumerable<(string Operation, int Status, string? ContentType, IEnumerable<JsonNode?> Bodies)> Answers() =>
        from operation in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(item => item.Value).OfType<JsonObject>()
        from answer in operation["responses"]!.AsObject()
        let content = answer.Value!["content"]?.AsObject().First()
        select (
            operation["operationId"].Text(),
            int.Parse(answer.Key),
            content?.Key,
            content is { Key: "application/json", Value: { } body } ? Bodies(body["schema"]!) : []);

    private IEnumerable<JsonNode?> Bodies(JsonNode schema)
    {
        for (var value = 0; value < MostValues; value++)
        {
            yield return Sample(schema, new Variant(value, -1, -1), 0);
        }

        for (var depth = 0; depth < Deepest; depth++)
        {
            yield return Sample(schema, new Variant(0, depth, -1), 0);
            yield return Sample(schema, new Variant(0, -1, depth), 0);
        }
    }

    private JsonNode? Sample(JsonNode schema, Variant variant, int depth)
    {
        if (schema["$ref"] is { } reference)
        {
            return Sample(document["components"]!["schemas"]![reference.Text().Split('/')[^1]]!, variant, depth);
        }

        if ((schema["oneOf"] ?? schema["anyOf"] ?? schema["allOf"]) is JsonArray choices)
        {
            var others = choices.Where(choice => choice!["type"]?.ToString() != "null").ToArray();
            return others.Length < choices.Count && variant.NullAt == depth ? null : Sample(others[variant.Value % others.Length]!, variant, depth);
        }

        string[] types = schema["type"] switch
        {
            JsonArray several => [.. several.Select(type => type.Text())],
            JsonValue one => [one.GetValue<string>()],
            _ => ["object"],
        };
        if (variant.NullAt == depth && types.Contains("null"))
        {
            return null;
        }

        if (schema["enum"] is JsonArray values)
        {
            var known = values.OfType<JsonNode>().ToArray();
            return known[variant.Value % known.Length].DeepClone();
        }

        return types.First(type => type != "null") switch
        {
            "object" => Members(schema, variant, depth + 1),
            "array" => new JsonArray(schema["items"] is { } items ? Sample(items, variant, depth + 1) : null),
            "string" => schema["format"]?.ToString() == "date-time" ? "2026-01-31T12:00:00Z" : "text",
            "boolean" => true,
            _ => 1,
        };
    }

    private JsonObject Members(JsonNode schema, Variant variant, int depth)
    {
        var required = schema["required"]?.AsArray().Select(name => name.Text()).ToHashSet() ?? [];
        var members = new JsonObject();
        if (depth <= Deepest)
        {
            foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
            {
                if (required.Contains(name) || variant.BareAt != depth)
                {
                    members[name] = Sample(member!, variant, depth);
                }
            }

            if (schema["additionalProperties"] is JsonObject others)
            {
                members["another"] = Sample(others, variant, depth);
            }
        }

        return members;
    }

    /// <summary>Which value enums and choices have, and the depth at which there is nothing that may be absent, or null where it may be.</summary>
    private sealed record Variant(int Value, int BareAt, int NullAt);
}
