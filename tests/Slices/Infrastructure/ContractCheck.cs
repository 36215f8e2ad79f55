using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>
/// Reads every answer as strictly as the strictest clients do, by both contracts where they are at hand: status values, nulls, members of
/// objects that take no others, and what a deletion says. Source: spec/01-versions.md, sections 2 to 4.
/// </summary>
internal sealed class ContractCheck
{
    /// <summary>Objects of 1.6, or of 2.0, whose decoders refuse a member that they do not know, with the members that must be there.</summary>
    private static readonly Dictionary<string, string[]> _exact = new()
    {
        ["MachineHealthProbeAlert"] = ["id", "message"],
        ["MachineHealthProbeSuccess"] = ["id"],
        ["NetworkSecurityGroupRule"] = [],
        ["DpuExtensionServiceObservabilityConfigPrometheus"] = [],
        ["DpuExtensionServiceObservabilityConfigLogging"] = [],
        ["MachineOnlineRepair"] = [],
    };

    private static readonly Lazy<ContractCheck?> _first = new(() => Of("nico-1.6.0.json"));

    private readonly JsonNode _document;
    private readonly List<(Regex Path, JsonObject Item, bool IsFixed)> _paths;

    private ContractCheck(JsonNode document)
    {
        _document = document;
        _paths = [.. document["paths"]!.AsObject().Select(path => (
            new Regex("/v2/org/[^/]+/nico" + Regex.Replace(path.Key[(path.Key.LastIndexOf("/nico", StringComparison.Ordinal) + 5)..], @"\{[^}]+}", "[^/]+") + "$"),
            path.Value!.AsObject(),
            !path.Key.EndsWith('}')))];
    }

    /// <summary>The contract of 1.6; null where it is not at hand.</summary>
    public static ContractCheck? First => _first.Value;

    /// <summary>Fails where a strict client would refuse the answer.</summary>
    public static void Check(string method, string uri, Answer answer)
    {
        if (answer.Status is < 200 or > 299)
        {
            return;
        }

        if (method == "DELETE")
        {
            IsDeletion(answer);
        }
        else if (answer.Json is { } body)
        {
            First?.Walk(method, uri.Split('?')[0], body, answer);
        }
    }

    private static void IsDeletion(Answer answer)
    {
        if (answer.Status == 202)
        {
            var message = Assert.IsType<JsonObject>(answer.Json);
            Assert.True(message.Select(member => member.Key).SequenceEqual(["message"]) && message["message"].Text().Length > 0, $"no message: {answer}");
        }
        else
        {
            Assert.True(answer is { Status: 204, Text: "", ContentType: null }, $"neither 202 nor 204 without a body: {answer}");
        }
    }

    private void Walk(string method, string path, JsonNode body, Answer answer)
    {
        var operation = _paths.Where(p => p.Path.IsMatch(path) && p.Item.ContainsKey(method.ToLowerInvariant())).OrderByDescending(p => p.IsFixed)
            .Select(p => p.Item[method.ToLowerInvariant()]).FirstOrDefault();
        if (Resolved(operation?["responses"]?[answer.Status.ToString()])?["content"]?["application/json"]?["schema"] is { } schema)
        {
            List<string> wrong = [];
            Walk("", schema, body, wrong);
            Assert.True(wrong.Count == 0, $"{string.Join("; ", wrong.Distinct())}: {answer}");
        }
    }

    private void Walk(string at, JsonNode schema, JsonNode? value, List<string> wrong)
    {
        var (plain, name, takesNull) = Plain(schema);
        if (value is null)
        {
            if (!takesNull && at.Length > 0)
            {
                wrong.Add($"{at} is null");
            }

            return;
        }

        if (name?.EndsWith("Status", StringComparison.Ordinal) == true && plain["enum"] is JsonArray values && !values.Any(known => known?.ToString() == value.ToString()))
        {
            wrong.Add($"{at} is {value}, which is no {name}");
        }

        switch (value)
        {
            case JsonArray items when plain["items"] is { } each:
                foreach (var item in items)
                {
                    Walk(at + "[]", each, item, wrong);
                }

                break;
            case JsonObject members when plain["properties"] is JsonObject known:
                if (name is not null && _exact.TryGetValue(name, out var required))
                {
                    wrong.AddRange(members.Select(member => member.Key).Where(key => !known.ContainsKey(key)).Select(key => $"{at}.{key} is not of {name}"));
                    wrong.AddRange(required.Where(key => members[key] is null).Select(key => $"{at}.{key} is missing"));
                }

                foreach (var (key, member) in members)
                {
                    if (known[key] is { } inner)
                    {
                        Walk($"{at}.{key}", inner, member, wrong);
                    }
                }

                break;
        }
    }

    /// <summary>The schema behind references and "or null", its name, and whether null is a value of it.</summary>
    private (JsonNode Schema, string? Name, bool TakesNull) Plain(JsonNode schema)
    {
        string? name = null;
        var takesNull = false;
        while (true)
        {
            if (schema["$ref"] is { } reference)
            {
                name = reference.Text().Split('/')[^1];
                schema = Resolved(schema)!;
            }
            else if ((schema["oneOf"] ?? schema["anyOf"] ?? schema["allOf"]) is JsonArray choices)
            {
                takesNull |= choices.Any(choice => choice!["type"] is JsonValue type && type.ToString() == "null");
                schema = choices.First(choice => choice!["type"] is not JsonValue type || type.ToString() != "null")!;
            }
            else
            {
                return (schema, name, takesNull
                    || schema["nullable"]?.GetValue<bool>() == true
                    || schema["type"] is null
                    || (schema["type"] is JsonArray types && types.Any(type => type!.ToString() == "null")));
            }
        }
    }

    private JsonNode? Resolved(JsonNode? node) =>
        node?["$ref"] is { } reference ? reference.Text()[2..].Split('/').Aggregate(_document, (inner, step) => inner[step]!) : node;

    private static ContractCheck? Of(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "contract", file);
            if (File.Exists(path))
            {
                return new ContractCheck(JsonNode.Parse(File.ReadAllText(path))!);
            }
        }

        return null;
    }
}
