using System.Text.Json.Nodes;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>The OpenAPI document in docs/ is the one that is served.</summary>
public sealed class DocumentTests(RunningRoutes running)
{
    [Fact]
    public void The_document_in_docs_is_up_to_date()
    {
        var kept = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));

        Assert.True(JsonNode.DeepEquals(kept, running.Document), "docs/openapi.json is out of date: ./nico openapi --output docs/openapi.json");
    }

    /// <summary>Texts have a length, lists and dictionaries a number of entries: in every body, and in every parameter but the org.</summary>
    [Fact]
    public void Everything_that_a_caller_sends_has_a_bound()
    {
        List<string> unbound = [];
        foreach (var (_, path) in running.Document["paths"]!.AsObject())
        {
            foreach (var (_, operation) in path!.AsObject())
            {
                var id = operation!["operationId"]!.GetValue<string>();
                foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                {
                    if (parameter!["name"]!.GetValue<string>() is not "org" and var name)
                    {
                        Walk($"{id} {name}", parameter["schema"]!, 0);
                    }
                }

                if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is { } body)
                {
                    Walk(id, body, 0);
                }
            }
        }

        Assert.Empty(unbound);

        void Walk(string at, JsonNode schema, int depth)
        {
            var own = Resolve(schema);
            var types = own["type"] is JsonArray several ? [.. several.Select(type => type!.GetValue<string>())] : new[] { own["type"]?.GetValue<string>() };
            if (types.Contains("string") && own["enum"] is null && own["format"] is null && own["maxLength"] is null)
            {
                unbound.Add($"{at}: a text without a length");
            }

            if (types.Contains("array"))
            {
                if (own["maxItems"] is null)
                {
                    unbound.Add($"{at}: a list without a number of entries");
                }

                Walk(at + "[]", own["items"]!, depth);
            }

            if (own["additionalProperties"] is JsonObject entry)
            {
                if (own["maxProperties"] is null)
                {
                    unbound.Add($"{at}: a dictionary without a number of entries");
                }

                Walk(at + "{}", entry, depth);
            }

            foreach (var (name, member) in depth < 6 ? own["properties"]?.AsObject() ?? [] : [])
            {
                Walk($"{at}.{name}", member!, depth + 1);
            }
        }

        JsonNode Resolve(JsonNode schema) =>
            schema["$ref"] is { } reference ? Resolve(running.Document["components"]!["schemas"]![reference.GetValue<string>().Split('/')[^1]]!)
            : (schema["oneOf"] ?? schema["anyOf"])?.AsArray().FirstOrDefault(choice => choice!["type"]?.ToString() != "null") is { } choice ? Resolve(choice)
            : schema;
    }
}
