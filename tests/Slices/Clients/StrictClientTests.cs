using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Edge;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Clients;

/// <summary>What our document allows against what generated clients of the contracts take. spec/01-versions.md, section 3.</summary>
public sealed class StrictClientTests(TestHost host)
{
    private static readonly JsonObject _contract = JsonNode.Parse("""
        {
          "paths": {"/thing": {"get": {"operationId": "get-thing", "responses": {
            "200": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}},
            "202": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/MachineOnlineRepair"}}}},
            "204": {},
            "403": {"$ref": "#/components/responses/Refused"}}}}},
          "components": {
            "responses": {"Refused": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NICoAPIError"}}}}},
            "schemas": {
              "NICoAPIError": {"type": "object", "properties": {"message": {"type": "string"}, "data": {"type": ["object", "null"]}}},
              "MachineOnlineRepair": {"type": "object", "properties": {"enabled": {"type": "boolean"}}},
              "Thing": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string"}, "count": {"type": "integer"}, "share": {"type": "number"}, "on": {"type": "boolean"},
                "at": {"type": "string", "format": "date-time"}, "kind": {"type": ["string", "null"], "enum": ["A", "B", null]},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}}, "any": {},
                "inner": {"oneOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}}}}}
        }
        """)!.AsObject();

    [Theory]
    [InlineData("""[{"id":"x","count":1,"share":0.5,"on":true,"at":"2026-01-31T12:00:00Z","kind":"A","labels":{"a":"b"},"any":[],"inner":{"id":"y"},"more":1}]""", "")]
    [InlineData("""[{"id":"x","kind":null,"inner":null,"any":null}]""", "")]
    [InlineData("[]", "")]
    [InlineData("null", "get-thing 200 null")]
    [InlineData("{}", "get-thing 200 object")]
    [InlineData("[null]", "get-thing 200[] null")]
    [InlineData("[{}]", "Thing.id absent")]
    [InlineData("""[{"id":null}]""", "Thing.id null")]
    [InlineData("""[{"id":7}]""", "Thing.id number")]
    [InlineData("""[{"id":"x","count":"1"}]""", "Thing.count string")]
    [InlineData("""[{"id":"x","count":1.5}]""", "Thing.count number")]
    [InlineData("""[{"id":"x","share":"1"}]""", "Thing.share string")]
    [InlineData("""[{"id":"x","on":1}]""", "Thing.on number")]
    [InlineData("""[{"id":"x","at":"yesterday"}]""", "Thing.at string")]
    [InlineData("""[{"id":"x","kind":"C"}]""", "Thing.kind value C")]
    [InlineData("""[{"id":"x","labels":{"a":1}}]""", "Thing.labels.a number")]
    [InlineData("""[{"id":"x","labels":null}]""", "Thing.labels null")]
    [InlineData("""[{"id":"x","inner":{"id":"y","inner":{"kind":"C"}}}]""", "Thing.id absent, Thing.kind value C")]
    public void It_refuses_what_a_generated_client_refuses(string body, string refused)
    {
        var client = new StrictClient("test", _contract, closesWhatRequires: false);
        using var answer = JsonDocument.Parse(body);
        Assert.Equal(refused, string.Join(", ", client.Refused("get-thing", 200, "application/json", answer.RootElement).Order()));
    }

    [Fact]
    public void It_knows_which_objects_are_closed_what_is_no_json_and_what_is_not_documented()
    {
        var lenient = new StrictClient("test", _contract, closesWhatRequires: false);
        var strict = new StrictClient("test", _contract, closesWhatRequires: true);
        using var thing = JsonDocument.Parse("""[{"id":"x","more":1}]""");
        using var repair = JsonDocument.Parse("""{"enabled":true,"more":1}""");
        using var error = JsonDocument.Parse("""{"source":"nico","message":null,"data":[]}""");

        Assert.Empty(lenient.Refused("get-thing", 200, "application/json", thing.RootElement));
        Assert.Equal(["Thing.more unknown"], strict.Refused("get-thing", 200, "application/json", thing.RootElement));
        Assert.Equal(["MachineOnlineRepair.more unknown"], lenient.Refused("get-thing", 202, "application/json", repair.RootElement));
        Assert.Equal(["get-thing 200 text/plain"], lenient.Refused("get-thing", 200, "text/plain", null));
        Assert.Equal(["get-thing 201"], lenient.Refused("get-thing", 201, "application/json", thing.RootElement));
        Assert.Empty(lenient.Refused("get-thing", 204, null, null));
        foreach (var status in new[] { 403, 418 })
        {
            Assert.Equal(["NICoAPIError.data array", "NICoAPIError.message null"], lenient.Refused("get-thing", status, "application/json", error.RootElement).Order());
        }
    }

    [Theory]
    [InlineData("1.6")]
    [InlineData("2.0")]
    public async Task What_the_document_allows_and_a_client_refuses_is_listed_and_nothing_else_is(string version)
    {
        var client = StrictClient.AtHand.SingleOrDefault(one => one.Version == version);
        Assert.SkipWhen(client is null, "the contract is not at hand");

        var found = new HashSet<string>();
        foreach (var (operation, status, contentType, bodies) in new DocumentSamples(await OpenApi.Document(host)).Answers())
        {
            if (contentType != "application/json")
            {
                found.UnionWith(client.Refused(operation, status, contentType, null));
            }

            foreach (var body in bodies)
            {
                using var sample = JsonDocument.Parse(body?.ToJsonString() ?? "null");
                found.UnionWith(client.Refused(operation, status, contentType, sample.RootElement));
            }
        }

        var listed = Differences.Of(version);
        Assert.True(
            found.SetEquals(listed),
            $"not listed:\n{string.Join('\n', found.Except(listed).Order())}\nno longer needed:\n{string.Join('\n', listed.Except(found).Order())}");
    }

    [Fact]
    public void Each_difference_has_its_reason_and_stands_in_the_documentation()
    {
        var text = File.ReadAllText(Path.Combine(Tools.Root, "docs", "clients.md"));
        Assert.Equal(Differences.All.Count, Differences.All.Select(one => one.What).Distinct().Count());
        Assert.All(Differences.All, one => Assert.Contains($"| `{one.What}` | {one.Versions} | {one.Why} |", text, StringComparison.Ordinal));
    }
}
