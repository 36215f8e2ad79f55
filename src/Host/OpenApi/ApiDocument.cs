using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FastEndpoints;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Nico.Host.Http;
using Nico.Host.Operations;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;
using Nico.SharedKernel.Lists;

namespace Nico.Host.OpenApi;

/// <summary>
/// The OpenAPI document, made from what the routes are: requests from their records and validators, texts from XML docs.
/// </summary>
internal static partial class ApiDocument
{
    /// <summary>Name of the document: served at <c>/openapi/v2.json</c>.</summary>
    public const string Name = "v2";

    private const string ErrorSchema = "NICoAPIError";

    private static readonly ConditionalWeakTable<EndpointDataSource, HashSet<Type>> _requestTypes = [];

    /// <summary>Schema and member of each that is left out rather than null.</summary>
    private static readonly ConcurrentDictionary<(string Schema, string Member), bool> _leftOut = new();

    private static readonly Dictionary<int, string> _failures = new()
    {
        [400] = "A field or a parameter is wrong; `data` names it.",
        [401] = "The token is missing, expired or not to be trusted.",
        [403] = "The caller's role, or what was allocated to it, does not allow this.",
        [404] = "There is no such thing, or none that the caller may see.",
        [409] = "Another object stands in the way; `data.id` names it where there is one.",
        [412] = "The site's state does not allow it.",
        [408] = "The body came too slowly.",
        [413] = "The body is longer than the service takes (1 MiB unless it is configured otherwise).",
        [429] = "The org makes more requests than it may: try again after the seconds of the header `Retry-After`.",
        [500] = "Something failed on the service's side.",
        [501] = "The site does not support this.",
        [503] = "The database or the site cannot be reached at the moment.",
    };

    /// <summary>Registers the document.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services)
    {
        services.AddSingleton<XmlDocs>();
        services.ConfigureHttpJsonOptions(options => Wire.Configure(options.SerializerOptions));
        return services.AddOpenApi(Name, options =>
        {
            options.CreateSchemaReferenceId = type =>
                type.Type.GetCustomAttribute<SchemaAttribute>()?.Name ?? OpenApiOptions.CreateDefaultSchemaReferenceId(type);
            options.ShouldInclude = description => Docs(description.ActionDescriptor.EndpointMetadata) is not null;
            options.AddSchemaTransformer(DescribeSchema);
            options.AddOperationTransformer(DescribeOperation);
            options.AddDocumentTransformer(DescribeDocument);
        });
    }

    /// <summary>Serves the document at <c>/openapi/v2.json</c>. The routes do not change: it is made once.</summary>
    public static void MapApiDocument(this WebApplication app)
    {
        var text = new Lazy<Task<string>>(() => Text(app.Services, CancellationToken.None));
        app.MapGet($"/openapi/{Name}.json", async () => Results.Text(await text.Value, "application/json")).WithMetadata(new OpenRoute());
    }

    /// <summary>The document as JSON (OpenAPI 3.1), once the server has started.</summary>
    public static async Task<string> Text(IServiceProvider services, CancellationToken ct)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync(ct);
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct);
    }

    private static RouteDocs? Docs(IList<object> metadata) => metadata.OfType<RouteDocs>().FirstOrDefault();

    private static Task DescribeSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var docs = context.ApplicationServices.GetRequiredService<XmlDocs>();
        var property = context.JsonPropertyInfo?.AttributeProvider as PropertyInfo;
        var declared = property?.PropertyType ?? context.JsonTypeInfo.Type;
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type == typeof(Guid) || type.IsEnum)
        {
            // Both have converters of our own, behind which the generator does not look.
            schema.Type = Nullable.GetUnderlyingType(declared) is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        }

        if (schema.Type?.HasFlag(JsonSchemaType.Array) == true && schema.Items is null && IsListOfGuid(type))
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
        }

        if (property is not null)
        {
            schema.Description = docs.Of(property);
        }
        else if (type.IsEnum)
        {
            schema.Description = docs.Of(type) + string.Concat(docs.Values(type).Select(v => $"\n- `{v.Value}`: {v.Meaning}"));
        }
        else
        {
            schema.Description ??= docs.Of(type);
        }

        if (schema.Properties is { Count: > 0 } properties)
        {
            foreach (var member in type.GetProperties().Where(p => p.IsDefined(typeof(PathAttribute)) || p.IsDefined(typeof(QueryAttribute))))
            {
                properties.Remove(Wire.Name(member.Name));
            }

            Constrain(schema, properties, Rules(type, context.ApplicationServices));
            if (RequestTypes(context.ApplicationServices).Contains(type))
            {
                FieldBounds.Apply(properties, type, context.ApplicationServices.GetRequiredService<IOptions<LimitOptions>>().Value);
            }

            foreach (var member in type.GetProperties().Where(IsLeftOutRatherThanNull))
            {
                if (properties.TryGetValue(JsonName(member), out var inner))
                {
                    properties[JsonName(member)] = WithoutNull(inner);
                }

                // A reference to another schema gets its null only when the document is put together.
                _leftOut.TryAdd((NameOf(type, context), JsonName(member)), true);
            }
        }

        return Task.CompletedTask;
    }

    private static string NameOf(Type type, OpenApiSchemaTransformerContext context) =>
        type.GetCustomAttribute<SchemaAttribute>()?.Name ?? OpenApiOptions.CreateDefaultSchemaReferenceId(context.JsonTypeInfo) ?? type.Name;

    private static bool IsListOfGuid(Type type) => type.IsGenericType && type.GetGenericArguments() is [var element] && element == typeof(Guid);

    private static string JsonName(PropertyInfo member) =>
        member.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? Wire.Name(member.Name);

    private static bool IsLeftOutRatherThanNull(PropertyInfo member) =>
        member.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.WhenWritingNull;

    /// <summary>Says of a request's fields what its validator does: which must be there, and how long or large they may be.</summary>
    private static void Constrain(OpenApiSchema schema, IDictionary<string, IOpenApiSchema> properties, IReadOnlyList<(string Name, IPropertyValidator Rule)> rules)
    {
        var required = rules.Where(rule => rule.Rule is INotNullValidator).Select(rule => rule.Name).ToHashSet();
        schema.Required = required.Count > 0 ? required : null;
        foreach (var name in required.Where(properties.ContainsKey))
        {
            properties[name] = WithoutNull(properties[name]);
        }

        foreach (var (name, rule) in rules)
        {
            if (properties.TryGetValue(name, out var property) && property is OpenApiSchema field)
            {
                if (rule is ILengthValidator length)
                {
                    field.MinLength = length.Min > 0 ? length.Min : null;
                    field.MaxLength = length.Max;
                }
                else if (rule is ILabelsValidator)
                {
                    field.MaxProperties = ILabelsValidator.Most;
                    ((OpenApiSchema)field.AdditionalProperties!).MaxLength = ILabelsValidator.Longest;
                }
                else if (rule is IBetweenValidator between)
                {
                    field.Minimum = Convert.ToString(between.From, CultureInfo.InvariantCulture);
                    field.Maximum = Convert.ToString(between.To, CultureInfo.InvariantCulture);
                }
            }
        }
    }

    /// <summary>The types that bodies are read into.</summary>
    private static HashSet<Type> RequestTypes(IServiceProvider services) => _requestTypes.GetValue(
        services.GetRequiredService<EndpointDataSource>(),
        static source => FieldBounds.Reached(source.Endpoints.Select(e => e.Metadata.GetMetadata<EndpointDefinition>()?.ReqDtoType).OfType<Type>()));

    private static IOpenApiSchema WithoutNull(IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema { OneOf: { Count: 2 } choices } && choices.FirstOrDefault(choice => choice.Type != JsonSchemaType.Null) is { } only)
        {
            return only;
        }

        if (schema is OpenApiSchema { Type: { } type } own && type != JsonSchemaType.Null)
        {
            own.Type = type & ~JsonSchemaType.Null;
        }

        return schema;
    }

    /// <summary>The rules of a request's validator, by the field that they are about; none for what is no request.</summary>
    private static IReadOnlyList<(string Name, IPropertyValidator Rule)> Rules(Type request, IServiceProvider services)
    {
        var definition = services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<EndpointDefinition>())
            .FirstOrDefault(definition => definition?.ReqDtoType == request);
        var validator = definition?.ValidatorType ?? request.GetNestedType("Rules", BindingFlags.Public | BindingFlags.NonPublic);
        return validator is null
            ? []
            : [
                .. ((IValidator)ActivatorUtilities.CreateInstance(services, validator)).CreateDescriptor().GetMembersWithValidators()
                    .Where(member => member.Key is { Length: > 0 })
                    .SelectMany(member => member.Select(rule => (Wire.Name(member.Key), rule.Validator))),
            ];
    }

    private static async Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var docs = Docs(metadata)!;
        var access = metadata.OfType<RouteAccess>().First();
        var request = metadata.OfType<EndpointDefinition>().First().ReqDtoType;
        var shape = RequestShape.Of(request);
        operation.OperationId = docs.OperationId;
        operation.Summary = docs.Summary;
        operation.Description = docs.Description + "\n\n" + (access.AnyMember
            ? "Any member of the org may call this."
            : $"Needs the role {string.Join(" or ", access.Roles.Select(role => $"`{Caller.NameOf(role)}`"))}.");
        operation.Tags = new HashSet<OpenApiTagReference> { new(docs.Tag, context.Document) };
        operation.Parameters = await Parameters(request, shape, context, ct);
        operation.RequestBody = null;
        if (shape.Body.Count > 0)
        {
            var name = request.GetCustomAttribute<SchemaAttribute>()?.Name ?? request.Name;
            context.Document!.AddComponent(name, await context.GetOrCreateSchemaAsync(request, null, ct));
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !HttpMethods.IsDelete(context.Description.HttpMethod ?? ""),
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = new OpenApiSchemaReference(name, context.Document) } },
            };
        }

        foreach (var (status, success) in operation.Responses!.Where(answer => answer.Value is not null).ToArray())
        {
            success.Description = status switch
            {
                "201" => "Created.",
                "202" => "Accepted.",
                "204" => "Done; no body.",
                _ => "OK.",
            };
            if (typeof(ListQuery).IsAssignableFrom(request))
            {
                ((OpenApiResponse)success).Headers = new Dictionary<string, IOpenApiHeader>
                {
                    ["X-Pagination"] = new OpenApiHeader
                    {
                        Description = "JSON: `pageNumber`, `pageSize`, `total` (all matches) and `orderBy` (as sent, or null).",
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                };
            }
        }

        IEnumerable<int> failures = [400, 401, 403, .. docs.Failures, 429, 500, 503, .. shape.Body.Count > 0 ? [408, 413] : Array.Empty<int>()];
        foreach (var status in failures.Distinct().Order())
        {
            operation.Responses![status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = _failures[status],
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new() { Schema = new OpenApiSchemaReference(ErrorSchema, context.Document) },
                },
            };
        }
    }

    private static async Task<IList<IOpenApiParameter>> Parameters(
        Type request, RequestShape shape, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var docs = context.ApplicationServices.GetRequiredService<XmlDocs>();
        List<IOpenApiParameter> parameters =
        [
            new OpenApiParameter
            {
                Name = "org",
                In = ParameterLocation.Path,
                Required = true,
                Description = "Name of the org, in any case.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        ];
        foreach (var (name, property) in shape.Path)
        {
            parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = docs.Of(property),
                Schema = FieldBounds.OfParameter(await Bare(property.PropertyType, context, ct)),
            });
        }

        foreach (var (name, property, _) in shape.Query)
        {
            var description = docs.Of(property);
            if (name == "orderBy")
            {
                description = "Order of the list, one of " + string.Join(", ", ((ListQuery)Activator.CreateInstance(request)!).Orders().Values) + ".";
            }

            parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = description,
                Schema = FieldBounds.OfParameter(Bounded(name, request, await Bare(property.PropertyType, context, ct))),
            });
        }

        return parameters;
    }

    /// <summary>What paging parameters may be.</summary>
    private static IOpenApiSchema Bounded(string name, Type request, IOpenApiSchema schema)
    {
        if (typeof(ListQuery).IsAssignableFrom(request) && schema is OpenApiSchema plain)
        {
            switch (name)
            {
                case "pageNumber":
                    plain.Minimum = "1";
                    plain.Maximum = ListQuery.LastPage.ToString(CultureInfo.InvariantCulture);
                    plain.Default = 1;
                    break;
                case "pageSize":
                    plain.Minimum = "1";
                    plain.Maximum = "100";
                    plain.Default = 20;
                    break;
                case "orderBy":
                    plain.Enum = [.. ((ListQuery)Activator.CreateInstance(request)!).Orders().Values.Select(value => (JsonNode)value)];
                    break;
            }
        }

        return schema;
    }

    private static async Task<IOpenApiSchema> Bare(Type type, OpenApiOperationTransformerContext context, CancellationToken ct) =>
        await context.GetOrCreateSchemaAsync(Nullable.GetUnderlyingType(type) ?? type, null, ct);

    private static async Task DescribeDocument(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Nico REST API",
            Version = Build.ApiVersion,
            Description = "Bare-metal instances, their networks and the hardware below, for providers and tenants.",
        };
        var names = context.ApplicationServices.GetRequiredService<ApiNames>();
        if (names.First != ApiNames.OfRoutes)
        {
            var paths = new OpenApiPaths();
            foreach (var (path, item) in document.Paths)
            {
                paths.Add(names.Told(path), item);
            }

            document.Paths = paths;
        }

        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Tags = document.Paths.Values
            .SelectMany(path => path.Operations ?? [])
            .SelectMany(operation => operation.Value.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Reference.Id!)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(name => new OpenApiTag { Name = name })
            .ToHashSet();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["JWTBearerToken"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "Bearer",
                BearerFormat = "JWT",
                Description = "A token of one of the configured issuers.",
            },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("JWTBearerToken", document)] = [] }];
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[ErrorSchema] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "What every failure answers with.",
            Required = new HashSet<string> { "source", "message", "data" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["source"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [ErrorAnswer.Source], Description = "The API that failed." },
                ["message"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What went wrong, for people." },
                ["data"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object | JsonSchemaType.Null,
                    Description = "Field name to message, nested as the fields are; `__all__` for what is no single field's; or the `id` of the object in the way.",
                },
            },
        };
        foreach (var (schema, member) in _leftOut.Keys)
        {
            if (document.Components.Schemas.TryGetValue(schema, out var owner) && owner.Properties is { } members && members.TryGetValue(member, out var inner))
            {
                members[member] = WithoutNull(inner);
            }
        }

        RemoveUnused(document.Components.Schemas, await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct));
    }

    /// <summary>The generator takes every request record for a body: those that are read from path and query alone go again.</summary>
    private static void RemoveUnused(IDictionary<string, IOpenApiSchema> schemas, string document)
    {
        var root = JsonNode.Parse(document)!;
        HashSet<string> used = [];
        Collect(root["paths"]!);
        foreach (var name in schemas.Keys.Where(name => !used.Contains(name)).ToArray())
        {
            schemas.Remove(name);
        }

        void Collect(JsonNode node)
        {
            foreach (Match reference in Reference().Matches(node.ToJsonString()))
            {
                var name = reference.Groups[1].Value;
                if (used.Add(name) && root["components"]!["schemas"]![name] is { } schema)
                {
                    Collect(schema);
                }
            }
        }
    }

    [GeneratedRegex("\"#/components/schemas/([^\"]+)\"")]
    private static partial Regex Reference();
}
