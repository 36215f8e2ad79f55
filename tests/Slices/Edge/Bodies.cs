using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Edge;

/// <summary>Makes request bodies from the service's own document, with the ids of an org that has one of everything.</summary>
internal sealed class Bodies(JsonObject document, IReadOnlyDictionary<string, string> ids)
{
    public const string UnknownId = "018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d";

    private int _number;

    /// <summary>
    /// A body that says no more than it must, and is good where the document can tell: what is required, and the little that only
    /// the operation's rules ask for. A machine to be used is put in by who has one.
    /// </summary>
    public JsonObject Good(ApiOperation operation)
    {
        var schema = operation.Body!;
        var body = new JsonObject();
        foreach (var name in schema["required"]?.AsArray().Select(name => name.Text()) ?? [])
        {
            body[name] = Value(name, schema["properties"]![name]!, 0);
        }

        switch (operation.Id)
        {
            case "create-operating-system":
                body["ipxeScript"] = "#!ipxe";
                break;
            case "create-tenant-account":
                body["tenantOrg"] = $"org-of-name-{++_number}";
                break;
            case "create-subnet":
                body["ipv4BlockId"] = ids["ipv4BlockId"];
                break;
            case "create-instance":
                body["operatingSystemId"] = ids["operatingSystemId"];
                body["machineId"] = ids["id"];
                body["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = ids["vpcPrefixId"] });
                break;
            case "batch-create-instance":
                body["count"] = 2;
                body["operatingSystemId"] = ids["operatingSystemId"];
                body["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = ids["vpcPrefixId"] });
                break;
            case "create-allocation":
                body["allocationConstraints"] = new JsonArray(new JsonObject
                {
                    ["resourceType"] = "IPBlock",
                    ["resourceTypeId"] = ids["resourceTypeId"],
                    ["constraintType"] = "Reserved",
                    ["constraintValue"] = 30,
                });
                break;
        }

        return body;
    }

    /// <summary>A body with a plausible value in every field.</summary>
    public JsonObject Full(ApiOperation operation) => Value("", operation.Body!, 0).AsObject();

    private JsonNode Value(string name, JsonNode schema, int depth)
    {
        var resolved = OpenApi.Resolve(document, schema);
        if (Values(resolved) is [var first, ..] && resolved["items"] is null)
        {
            return first;
        }

        switch (OpenApi.TypeOf(resolved))
        {
            case "integer": return name == "prefixLength" ? 28 : 1;
            case "number": return 1.5;
            case "boolean": return true;
            case "array": return depth > 3 ? new JsonArray() : new JsonArray(Value(name, resolved["items"]!, depth + 1));
            case "object":
                var body = new JsonObject();
                foreach (var (member, field) in resolved["properties"]?.AsObject() ?? [])
                {
                    body[member] = depth > 3 ? null : Value(member, field!, depth + 1);
                }

                return body;
            default:
                _number++;
                return ids.GetValueOrDefault(name) ?? name switch
                {
                    "name" => $"name-{_number}",
                    "prefix" => $"10.{100 + (_number / 250 % 100)}.{_number % 250}.0",
                    _ => resolved["format"]?.ToString() == "uuid" ? UnknownId : "text",
                };
        }
    }

    /// <summary>The values of an enumeration, behind a list too.</summary>
    public string[] Values(JsonNode schema) =>
        schema["enum"] is JsonArray values ? [.. values.Where(value => value is not null).Select(value => value.Text())]
        : schema["items"] is { } items ? Values(OpenApi.Resolve(document, items))
        : [];

    /// <summary>Every field of a body, nested ones too, in objects and in lists of objects; "0" in a path is a list's first.</summary>
    public IEnumerable<(string[] Path, JsonNode Schema)> Fields(JsonNode schema) => Fields(schema, [], 0);

    private IEnumerable<(string[] Path, JsonNode Schema)> Fields(JsonNode schema, string[] at, int depth)
    {
        foreach (var (name, declared) in schema["properties"]?.AsObject() ?? [])
        {
            var field = OpenApi.Resolve(document, declared!);
            string[] path = [.. at, name];
            yield return (path, field);
            if (depth < 3)
            {
                var inner = field["items"] is { } items ? OpenApi.Resolve(document, items) : field;
                foreach (var nested in Fields(inner, field["items"] is null ? path : [.. path, "0"], depth + 1))
                {
                    yield return nested;
                }
            }
        }
    }

    /// <summary>The body's text with <paramref name="json"/> at the path; what is missing on the way is made.</summary>
    public static string With(JsonObject body, string[] path, string json)
    {
        const string Mark = "@@here@@";
        JsonNode at = body;
        for (var i = 0; i < path.Length - 1; i++)
        {
            if (path[i] == "0")
            {
                var list = at.AsArray();
                if (list.Count == 0 || list[0] is not JsonObject)
                {
                    list.Insert(0, new JsonObject());
                }

                at = list[0]!;
            }
            else
            {
                var next = path[i + 1] == "0" ? typeof(JsonArray) : typeof(JsonObject);
                if (at[path[i]]?.GetType() != next)
                {
                    at[path[i]] = next == typeof(JsonArray) ? new JsonArray() : new JsonObject();
                }

                at = at[path[i]]!;
            }
        }

        at[path[^1]] = Mark;
        return body.ToJsonString().Replace($"\"{Mark}\"", json, StringComparison.Ordinal);
    }
}
