using System.Text.Json.Nodes;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>
/// Our OpenAPI document against the contract: each operation that we have is the contract's, with its parameters, fields, types,
/// values and statuses. What we have besides stands here by name.
/// </summary>
public sealed class ContractTests(RunningRoutes running)
{
    /// <summary>Members that the specs add to the contract's schemas: related objects, and fields that are always there.</summary>
    private static readonly HashSet<string> _additions =
    [
        "site", "infrastructureProvider", "tenant", "vpc", "machine", "operatingSystem", "ipBlock", "ipv4Block", "instance", "subnet", "vpcprefix",
        "infrastructureProviderId", "enableBlockStorage",

        // Parts that the reference understands and compares with nothing (31, section 4.1).
        "cores", "threads", "hardwareRevision", "instanceType",

        // Members that the reference knows only to refuse them (21, section 5.3).
        "ipBlockId", "prefixLength",

        // Spellings of 00, section 9, that are on their way out, and what says so.
        "observed_at", "deprecations",

        // Counts that the reference has and the contract leaves out (10, sections 4 and 5).
        "inUse", "maintenance", "tenantAccount", "registering", "updating",

        // What 2.0 added and clients of it would miss (01, section 6).
        "siteCapabilities", "gpuStats", "associatedDpuMachineIds", "scoutVersion", "placementInRack", "lifecycleState", "Decommissioning", "decommissioning",
        "configuring", "rebooting", "repairing", "unknown",

        // Members of 2.0 that are known only to be refused (01, section 6.6).
        "ipxeTemplateId", "ipxeTemplateParameters", "ipxeTemplateArtifacts",

        // Nico's own build beside the API that it speaks.
        "buildVersion",

        // What the reference has of tenant accounts besides (10, sections 6 and 8): both ways to name who is invited, the number, the contact.
        "tenantId", "tenantContactId", "accountNumber", "subscriptionId", "subscriptionTier",
    ];

    private static readonly HashSet<string> _parameterAdditions = ["nvLinkLogicalPartitionId", "includeRelation", "deviceType", "status", "includeMachineAssignment", "includeGpuStats"];

    private readonly JsonNode _ours = running.Document;
    private readonly List<string> _differences = [];

    private static JsonNode? Theirs { get; } = Repository.Contract("nico-1.6.0.json") is { } file ? JsonNode.Parse(File.ReadAllText(file)) : null;

    [Fact]
    public void Every_operation_is_the_contracts()
    {
        Assert.SkipWhen(Theirs is null, "the contract is not at hand");

        foreach (var (path, item) in _ours["paths"]!.AsObject())
        {
            var contracted = Theirs!["paths"]!.AsObject().FirstOrDefault(p => Shape(p.Key) == Shape(path)).Value;
            if (contracted is null)
            {
                _differences.Add($"{path} is not in the contract");
                continue;
            }

            foreach (var (method, operation) in item!.AsObject().Where(o => o.Value is JsonObject && o.Key is not "parameters"))
            {
                CompareOperation($"{method} {path}", operation!, contracted[method], contracted["parameters"]);
            }
        }

        Assert.True(_differences.Count == 0, string.Join("\n", _differences));
    }

    [Fact]
    public void Everything_is_described()
    {
        List<string> silent = [];
        foreach (var (path, item) in _ours["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                if (string.IsNullOrWhiteSpace((string?)operation!["summary"]) || string.IsNullOrWhiteSpace((string?)operation["description"]))
                {
                    silent.Add($"{method} {path}");
                }

                silent.AddRange(operation["parameters"]!.AsArray().Where(p => string.IsNullOrWhiteSpace((string?)p!["description"])).Select(p => $"{method} {path}: {p!["name"]}"));
            }
        }

        foreach (var (name, schema) in _ours["components"]!["schemas"]!.AsObject())
        {
            if (string.IsNullOrWhiteSpace((string?)schema!["description"]))
            {
                silent.Add(name);
            }

            foreach (var (member, inner) in schema["properties"]?.AsObject() ?? [])
            {
                if (string.IsNullOrWhiteSpace((string?)inner!["description"]) && inner["oneOf"]?.AsArray().All(choice => choice!["description"] is null) != false)
                {
                    silent.Add($"{name}.{member}");
                }
            }
        }

        Assert.Empty(silent);
    }

    private static string Shape(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]+}", "{}");

    private void CompareOperation(string where, JsonNode ours, JsonNode? theirs, JsonNode? shared)
    {
        if (theirs is null)
        {
            _differences.Add($"{where} is not in the contract");
            return;
        }

        Equal(where + " operationId", (string?)theirs["operationId"], (string?)ours["operationId"]);
        Equal(where + " tag", (string?)theirs["tags"]![0], (string?)ours["tags"]![0]);
        CompareParameters(where, ours["parameters"]!.AsArray(), [.. theirs["parameters"]?.AsArray() ?? [], .. shared?.AsArray() ?? []]);
        CompareSchema(where + " body", Body(ours["requestBody"], _ours), Body(theirs["requestBody"], Theirs!), 0);
        foreach (var (status, response) in theirs["responses"]!.AsObject().Where(r => r.Key.StartsWith('2')))
        {
            if (ours["responses"]![status] is not { } answered)
            {
                _differences.Add($"{where} does not answer {status}");
            }
            else
            {
                CompareSchema($"{where} {status}", Body(answered, _ours), Body(response, Theirs!), 0);
            }
        }
    }

    private void CompareParameters(string where, JsonArray ours, List<JsonNode?> theirs)
    {
        foreach (var parameter in theirs)
        {
            var mine = ours.FirstOrDefault(p => (string)p!["name"]! == (string)parameter!["name"]! && (string)p["in"]! == (string)parameter["in"]!);
            if (mine is null)
            {
                // The name of a path's parameter is nothing that a caller sees.
                if ((string)parameter!["in"]! != "path")
                {
                    _differences.Add($"{where} lacks the parameter {parameter["name"]}");
                }

                continue;
            }

            // What the contract has once and the reference takes several times is a list here: one value fits both.
            var schema = mine["schema"]!["items"] ?? mine["schema"]!;
            CompareSchema($"{where} ?{parameter!["name"]}", schema, parameter["schema"], 5);
        }

        foreach (var mine in ours.Where(p => (string)p!["in"]! == "query" && theirs.All(t => (string)t!["name"]! != (string)p["name"]!)))
        {
            if (!_parameterAdditions.Contains((string)mine!["name"]!))
            {
                _differences.Add($"{where} has the parameter {mine["name"]}, which the contract has not");
            }
        }
    }

    private static JsonNode? Body(JsonNode? holder, JsonNode document) =>
        holder?["$ref"] is { } reference ? Body(At(document, (string)reference!), document) : holder?["content"]?["application/json"]?["schema"];

    private static JsonNode At(JsonNode document, string reference) => reference[2..].Split('/').Aggregate(document, (node, step) => node[step]!);

    private void CompareSchema(string where, JsonNode? ours, JsonNode? theirs, int depth)
    {
        if (theirs is null || depth > 6)
        {
            return;
        }

        if (ours is null)
        {
            _differences.Add($"{where} is missing");
            return;
        }

        var mine = Plain(ours, _ours);
        var wanted = Plain(theirs, Theirs!);
        var type = Types(mine).FirstOrDefault();
        var wantedType = Types(wanted).FirstOrDefault();
        if (wantedType is not null && type != wantedType)
        {
            _differences.Add($"{where} is {type ?? "nothing"}, in the contract {wantedType}");
            return;
        }

        if (wanted["enum"] is JsonArray values && mine["enum"] is JsonArray have)
        {
            var missing = values.Select(v => v?.ToString()).Where(v => v is not null).Except(have.Select(v => v?.ToString()));
            if (missing.Any())
            {
                _differences.Add($"{where} lacks the values {string.Join(", ", missing)}");
            }
        }

        if (wanted["items"] is { } items)
        {
            CompareSchema(where + "[]", mine["items"], items, depth + 1);
        }

        foreach (var (name, member) in wanted["properties"]?.AsObject() ?? [])
        {
            if (mine["properties"]?[name] is not { } own)
            {
                _differences.Add($"{where}.{name} is missing");
            }
            else
            {
                CompareSchema($"{where}.{name}", own, member, depth + 1);
            }
        }

        foreach (var (name, _) in mine["properties"]?.AsObject() ?? [])
        {
            if (wanted["properties"] is JsonObject known && !known.ContainsKey(name) && !_additions.Contains(name))
            {
                _differences.Add($"{where}.{name} is not in the contract");
            }
        }

        foreach (var required in mine["required"]?.AsArray() ?? [])
        {
            if (wanted["required"]?.AsArray().Any(r => (string)r! == (string)required!) != true)
            {
                _differences.Add($"{where}.{required} is required here, not in the contract");
            }
        }
    }

    /// <summary>The schema behind references and "or null".</summary>
    private static JsonNode Plain(JsonNode schema, JsonNode document)
    {
        if (schema["$ref"] is { } reference)
        {
            return Plain(At(document, (string)reference!), document);
        }

        if ((schema["oneOf"] ?? schema["anyOf"] ?? schema["allOf"]) is JsonArray choices)
        {
            return Plain(choices.First(choice => (choice!["type"] as JsonValue)?.ToString() != "null")!, document);
        }

        return schema;
    }

    private static IEnumerable<string> Types(JsonNode schema) => (schema["type"] switch
    {
        JsonArray several => several.Select(t => (string)t!),
        JsonValue one => [(string)one!],
        _ => [],
    }).Where(type => type != "null");

    private void Equal(string what, string? expected, string? actual)
    {
        if (expected != actual)
        {
            _differences.Add($"{what} is {actual}, in the contract {expected}");
        }
    }
}
