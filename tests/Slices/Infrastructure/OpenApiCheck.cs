using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>Holds every answer against the OpenAPI document that the service itself serves.</summary>
internal sealed class OpenApiCheck
{
    private static readonly EvaluationOptions _strict = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly JsonObject _document;
    private readonly string _components;
    private readonly List<(Regex Path, JsonObject Item, bool IsFixed)> _paths;
    private readonly ConcurrentDictionary<JsonNode, JsonSchema> _schemas = new();

    public OpenApiCheck(string document)
    {
        _document = JsonNode.Parse(document)!.AsObject();
        _components = Definitions(_document["components"]!["schemas"]!.ToJsonString());
        _paths = [.. _document["paths"]!.AsObject().Select(path => (
            new Regex("^" + Regex.Replace(path.Key, @"\\?\{[^}]+}", "[^/]+") + "$"),
            path.Value!.AsObject(),
            !path.Key.EndsWith('}')))];
    }

    /// <summary>Fails when the answer's status, content type or body is not what the document says of the operation.</summary>
    public void Check(string method, string uri, Answer answer)
    {
        var path = uri.Split('?')[0];
        var found = _paths.Where(p => p.Path.IsMatch(path) && p.Item.ContainsKey(method.ToLowerInvariant())).OrderByDescending(p => p.IsFixed).FirstOrDefault();
        if (found.Item?[method.ToLowerInvariant()] is not JsonObject operation)
        {
            return;
        }

        var name = operation["operationId"]!.GetValue<string>();
        var documented = operation["responses"]![answer.Status.ToString()];
        Assert.True(documented is not null, $"{name} does not document {answer.Status}: {answer}");
        if (documented["content"] is not JsonObject content)
        {
            Assert.True(answer.Text.Length == 0 && answer.ContentType is null, $"{name} documents no body: {answer}");
            return;
        }

        var type = answer.ContentType?.Split(';')[0];
        Assert.True(type is not null && content.ContainsKey(type), $"{name} does not document {answer.ContentType}: {answer}");
        if (answer.Json is not null)
        {
            using var instance = JsonDocument.Parse(answer.Text);
            var result = _schemas.GetOrAdd(content[type]!["schema"]!, Compile).Evaluate(instance.RootElement, _strict);
            Assert.True(result.IsValid, $"{name}, {answer.Status}: {Explain(result)}\n{answer}");
        }
    }

    private JsonSchema Compile(JsonNode schema) =>
        JsonSchema.FromText($$"""{"allOf":[{{Definitions(schema.ToJsonString())}}],"$defs":{{_components}}}""");

    private static string Definitions(string json) => json.Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);

    private static string Explain(EvaluationResults result) => string.Join(
        "; ",
        (result.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation} {e.Key}: {e.Value}")));
}
