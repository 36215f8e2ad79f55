using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;

namespace Nico.Tests.Slices.Clients;

/// <summary>
/// Decodes answers as strictly as the strictest client that is generated from a contract: required members are there, null only where the
/// contract has it, types and values are the contract's, and some objects have no members besides. Source: spec/01-versions.md, section 3.
/// A schema checker says both more (patterns, bounds) and less (members besides), and is too slow for every answer of the tests.
/// </summary>
internal sealed class StrictClient
{
    /// <summary>Objects of any version whose clients refuse a member that they do not know.</summary>
    private static readonly string[] _closed =
    [
        "NetworkSecurityGroupRule", "DpuExtensionServiceObservabilityPrometheus", "DpuExtensionServiceObservabilityLogging",
        "TenantIdentitySigningKey", "TenantIdentityJWKS", "MachineOnlineRepair", "MachineOnlineRepairPolicy", "MachineOnlineRepairAcknowledgments",
    ];

    private static readonly Lazy<IReadOnlyList<StrictClient>> _atHand = new(() =>
    [
        .. new[] { ("1.6", "nico-1.6.0.json", false), ("2.0", "nico-2.0.json", true) }
            .Select(contract => (Version: contract.Item1, File: Tools.Contract(contract.Item2), Closes: contract.Item3))
            .Where(contract => contract.File is not null)
            .Select(contract => new StrictClient(contract.Version, JsonNode.Parse(File.ReadAllText(contract.File!))!.AsObject(), contract.Closes)),
    ]);

    private readonly JsonObject _document;
    private readonly bool _closesWhatRequires;
    private readonly Dictionary<string, Shape> _named = [];
    private readonly Dictionary<string, Dictionary<string, Content>> _operations = [];
    private readonly Shape? _error;

    /// <summary>A client of <paramref name="document"/>; one that <paramref name="closesWhatRequires"/> refuses unknown members of every object with required ones.</summary>
    public StrictClient(string version, JsonObject document, bool closesWhatRequires)
    {
        (Version, _document, _closesWhatRequires) = (version, document, closesWhatRequires);
        _error = document["components"]!["schemas"]!["NICoAPIError"] is null ? null : Named("NICoAPIError");
        foreach (var operation in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(item => item.Value).OfType<JsonObject>())
        {
            _operations[operation["operationId"].Text()] = operation["responses"]!.AsObject().ToDictionary(answer => answer.Key, answer => ReadAnswer(answer.Value!));
        }
    }

    /// <summary>The clients of the contracts that are at hand.</summary>
    public static IReadOnlyList<StrictClient> AtHand => _atHand.Value;

    /// <summary>The contract's version.</summary>
    public string Version { get; }

    /// <summary>What this client would refuse of an answer: each as the contract's schema and member, and what is wrong with it.</summary>
    public IReadOnlySet<string> Refused(string operation, int status, string? contentType, JsonElement? body)
    {
        var found = new HashSet<string>();
        if (!_operations.TryGetValue(operation, out var answers))
        {
            // A later contract's: this client never calls it.
            return found;
        }

        var content = answers.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture)) ?? (status >= 400 ? new Content(true, _error) : null);
        if (content is null)
        {
            found.Add($"{operation} {status}");
        }
        else if (content.IsJson && body is null)
        {
            found.Add($"{operation} {status} {contentType}");
        }
        else if (content.Shape is { } shape && body is { } value)
        {
            Decode(shape, value, $"{operation} {status}", found);
        }

        return found;
    }

    private static void Decode(Shape shape, JsonElement value, string where, HashSet<string> found)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!shape.IsNullable)
            {
                found.Add(where + " null");
            }
        }
        else if (shape.Otherwise is { } otherwise)
        {
            Decode(otherwise, value, where, found);
        }
        else if (!shape.Fits(value))
        {
            found.Add($"{where} {value.ValueKind.ToString().ToLowerInvariant()}");
        }
        else if (shape.Values is { } values && !values.Contains(value.ToString()))
        {
            found.Add($"{where} value {value}");
        }
        else if (value.ValueKind == JsonValueKind.Array && shape.Items is { } items)
        {
            foreach (var item in value.EnumerateArray())
            {
                Decode(items, item, where + "[]", found);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            DecodeMembers(shape, value, shape.Name ?? where, found);
        }
    }

    private static void DecodeMembers(Shape shape, JsonElement value, string where, HashSet<string> found)
    {
        foreach (var required in shape.Required)
        {
            if (!value.TryGetProperty(required, out _))
            {
                found.Add($"{where}.{required} absent");
            }
        }

        foreach (var member in value.EnumerateObject())
        {
            if ((shape.Members.GetValueOrDefault(member.Name) ?? shape.Others) is { } inner)
            {
                Decode(inner, member.Value, $"{where}.{member.Name}", found);
            }
            else if (shape.IsClosed)
            {
                found.Add($"{where}.{member.Name} unknown");
            }
        }
    }

    private Content ReadAnswer(JsonNode answer)
    {
        if (answer["$ref"] is { } reference)
        {
            answer = _document["components"]!["responses"]![reference.Text().Split('/')[^1]]!;
        }

        var schema = answer["content"]?["application/json"]?["schema"];
        return new Content(answer["content"]?["application/json"] is not null, schema is null ? null : Read(schema));
    }

    private Shape Named(string name)
    {
        if (!_named.TryGetValue(name, out var shape))
        {
            var schema = _document["components"]!["schemas"]![name]!;
            _named[name] = shape = new Shape { Name = name };
            Fill(shape, schema);
            shape.IsClosed = _closed.Contains(name) || (_closesWhatRequires && shape.Required.Length > 0);
        }

        return shape;
    }

    /// <summary>The shape of a schema: a reference, a reference or null, or what stands there.</summary>
    private Shape Read(JsonNode schema)
    {
        if (schema["$ref"] is { } reference)
        {
            return Named(reference.Text().Split('/')[^1]);
        }

        if ((schema["oneOf"] ?? schema["allOf"]) is JsonArray choices && choices.FirstOrDefault(choice => choice!["$ref"] is not null) is { } other)
        {
            var named = Read(other);
            return choices.Any(choice => choice!["type"]?.ToString() == "null") ? new Shape { IsNullable = true, Otherwise = named } : named;
        }

        var shape = new Shape();
        Fill(shape, schema);
        return shape;
    }

    private void Fill(Shape shape, JsonNode schema)
    {
        string[] types = schema["type"] switch
        {
            JsonArray several => [.. several.Select(type => type.Text())],
            JsonValue one => [one.GetValue<string>()],
            _ => [],
        };
        shape.Type = types.FirstOrDefault(type => type != "null");
        shape.IsNullable = types.Length == 0 || types.Contains("null");
        shape.IsTime = schema["format"]?.ToString() == "date-time";
        shape.Values = schema["enum"]?.AsArray().Where(value => value is not null).Select(value => value!.ToString()).ToHashSet();
        shape.Items = schema["items"] is { } items ? Read(items) : null;
        shape.Required = [.. schema["required"]?.AsArray().Select(name => name.Text()) ?? []];
        shape.Others = schema["additionalProperties"] is JsonObject others ? Read(others) : null;
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            shape.Members[name] = Read(member!);
        }
    }

    /// <summary>The body of a documented answer; one that is not JSON is not looked at.</summary>
    private sealed record Content(bool IsJson, Shape? Shape);

    /// <summary>What a value must be.</summary>
    private sealed class Shape
    {
        public string? Name { get; init; }

        public string? Type { get; set; }

        public bool IsNullable { get; set; }

        public bool IsTime { get; set; }

        public bool IsClosed { get; set; }

        public HashSet<string>? Values { get; set; }

        public Shape? Items { get; set; }

        public Shape? Others { get; set; }

        public string[] Required { get; set; } = [];

        public Dictionary<string, Shape> Members { get; } = [];

        /// <summary>What it is when it is not null.</summary>
        public Shape? Otherwise { get; init; }

        public bool Fits(JsonElement value) => Type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String
                && (!IsTime || DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out _)),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            _ => true,
        };
    }
}
