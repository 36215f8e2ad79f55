using Microsoft.OpenApi;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Host.OpenApi;

/// <summary>Says of each text, list and dictionary of a request how much it may hold: what <see cref="BoundAttribute"/> or its default allows.</summary>
internal static class FieldBounds
{
    /// <summary>The requests and every type that their bodies are read into.</summary>
    public static HashSet<Type> Reached(IEnumerable<Type> requests)
    {
        HashSet<Type> reached = [];
        var next = new Queue<Type>(requests);
        while (next.TryDequeue(out var type))
        {
            if (type.Assembly.GetName().Name!.StartsWith("Nico.", StringComparison.Ordinal) && !type.IsEnum && reached.Add(type))
            {
                foreach (var (_, property) in RequestShape.Of(type).Body)
                {
                    var inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                    next.Enqueue(RequestShape.ElementType(inner) ?? RequestShape.EntryType(inner) ?? inner);
                }
            }
        }

        return reached;
    }

    /// <summary>Bounds the properties of a schema that is read into <paramref name="type"/>, where a rule of the field has not done so already.</summary>
    public static void Apply(IDictionary<string, IOpenApiSchema> properties, Type type, LimitOptions limits)
    {
        foreach (var (name, property) in RequestShape.Of(type).Body)
        {
            if (properties.TryGetValue(name, out var found) && found is OpenApiSchema schema)
            {
                Apply(schema, Bound.Of(property, limits));
            }
        }
    }

    /// <summary>Bounds a parameter of path or query.</summary>
    public static IOpenApiSchema OfParameter(IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema own)
        {
            Apply(own, new Bound(Bound.ParameterBytes, Bound.DefaultValues));
        }

        return schema;
    }

    private static void Apply(OpenApiSchema schema, Bound bound)
    {
        if (schema.Type?.HasFlag(JsonSchemaType.String) == true && schema.Format is null && schema.Enum is null or { Count: 0 })
        {
            schema.MaxLength ??= bound.Bytes;
        }

        if (schema.Type?.HasFlag(JsonSchemaType.Array) == true)
        {
            schema.MaxItems ??= bound.Entries;
            if (schema.Items is OpenApiSchema item)
            {
                Apply(item, bound);
            }
        }

        if (schema.AdditionalProperties is OpenApiSchema entry)
        {
            schema.MaxProperties ??= bound.Entries;
            Apply(entry, bound);
        }
    }
}
