using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Nico.Tests.Slices.Clients;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>
/// Holds every answer against the OpenAPI document that the service itself serves, and against what generated clients of the contracts take.
/// What it makes of a document is kept: hosts come and go in the tests, and their documents are the same.
/// </summary>
internal sealed class OpenApiCheck
{
    private static readonly EvaluationOptions _quick = new() { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true };
    private static readonly EvaluationOptions _explaining = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };
    private static readonly ConcurrentDictionary<string, OpenApiCheck> _known = new();

    private readonly JsonObject _document;
    private readonly string _components;
    private readonly List<(Regex Path, JsonObject Item, bool IsFixed)> _paths;
    private readonly ConcurrentDictionary<JsonNode, JsonSchema> _schemas = new();

    private OpenApiCheck(string document)
    {
        _document = JsonNode.Parse(document)!.AsObject();
        _components = Definitions(_document["components"]!["schemas"]!.ToJsonString());
        _paths = [.. _document["paths"]!.AsObject().Select(path => (
            new Regex("^" + Regex.Replace(path.Key, @"\\?\{[^}]+}", "[^/]+") + "$"),
            path.Value!.AsObject(),
            !path.Key.EndsWith('}')))];
    }

    /// <summary>The check against this document.</summary>
    public static OpenApiCheck Of(string document) => _known.GetOrAdd(document, text => new OpenApiCheck(text));

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
            CheckClients(name, answer, null);
            return;
        }

        var type = answer.ContentType?.Split(';')[0];
        Assert.True(type is not null && content.ContainsKey(type), $"{name} does not document {answer.ContentType}: {answer}");
        if (answer.Json is null)
        {
            CheckClients(name, answer, null);
            return;
        }

        using var instance = JsonDocument.Parse(answer.Text);
        var schema = _schemas.GetOrAdd(content[type]!["schema"]!, Compile);
        if (!schema.Evaluate(instance.RootElement, _quick).IsValid)
        {
            Assert.Fail($"{name}, {answer.Status}: {Explain(schema.Evaluate(instance.RootElement, _explaining))}\n{answer}");
        }

        CheckClients(name, answer, instance.RootElement);
    }

    private static void CheckClients(string operation, Answer answer, JsonElement? body)
    {
        foreach (var client in StrictClient.AtHand)
        {
            var refused = client.Refused(operation, answer.Status, answer.ContentType, body).Where(what => !Differences.Of(client.Version).Contains(what));
            Assert.True(!refused.Any(), $"A client of {client.Version} refuses {string.Join(", ", refused)}: {answer}");
        }
    }

    private JsonSchema Compile(JsonNode schema) =>
        JsonSchema.FromText($$"""{"allOf":[{{Definitions(schema.ToJsonString())}}],"$defs":{{_components}}}""");

    private static string Definitions(string json) => json.Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);

    private static string Explain(EvaluationResults result) => string.Join(
        "; ",
        (result.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation} {e.Key}: {e.Value}")));
}
