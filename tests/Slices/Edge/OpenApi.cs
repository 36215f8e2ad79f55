using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Edge;

/// <summary>An operation as the service's own document describes it.</summary>
internal sealed record ApiOperation(string Id, HttpMethod Method, string Path, IReadOnlyList<JsonNode> Parameters, JsonNode? Body)
{
    public IEnumerable<JsonNode> Query => Parameters.Where(parameter => parameter["in"].Text() == "query");

    public IEnumerable<JsonNode> InPath => Parameters.Where(parameter => parameter["in"].Text() == "path" && parameter["name"].Text() != "org");
}

/// <summary>Reads the OpenAPI document for tests that are made from it.</summary>
internal static class OpenApi
{
    public static async Task<JsonObject> Document(TestHost host)
    {
        using var http = new HttpClient();
        return JsonNode.Parse(await http.GetStringAsync(new Uri(host.Host.Address, "/openapi/v2.json")))!.AsObject();
    }

    public static IEnumerable<ApiOperation> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where operation.Key is "get" or "post" or "put" or "patch" or "delete"
        select new ApiOperation(
            operation.Value!["operationId"].Text(),
            new HttpMethod(operation.Key.ToUpperInvariant()),
            path.Key,
            [.. operation.Value["parameters"]?.AsArray().Select(parameter => parameter!) ?? []],
            operation.Value["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema ? Resolve(document, schema) : null);

    /// <summary>The schema itself, behind references and behind "or null".</summary>
    public static JsonNode Resolve(JsonObject document, JsonNode schema)
    {
        while (true)
        {
            if (schema["$ref"]?.GetValue<string>() is { } reference)
            {
                schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
            }
            else if ((schema["oneOf"] ?? schema["anyOf"])?.AsArray().FirstOrDefault(choice => choice!["type"]?.ToString() != "null") is { } choice)
            {
                schema = choice;
            }
            else
            {
                return schema;
            }
        }
    }

    /// <summary>The JSON type of a schema, without "or null".</summary>
    public static string TypeOf(JsonNode schema) => schema["type"] switch
    {
        JsonArray types => types.Select(type => type.Text()).First(type => type != "null"),
        JsonValue type => type.GetValue<string>(),
        _ => schema["enum"] is null ? "object" : "string",
    };
}
