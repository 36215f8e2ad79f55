using System.Reflection;

namespace Nico.SharedKernel.Http;

/// <summary>Where each property of a request record comes from: path, query string or body.</summary>
public sealed class RequestShape
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, RequestShape> _shapes = new();

    private RequestShape(Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            if (property.GetCustomAttribute<PathAttribute>() is { } path)
            {
                Path.Add((path.Name ?? Wire.Name(property.Name), property));
            }
            else if (property.GetCustomAttribute<QueryAttribute>() is { } query)
            {
                Query.Add((query.Name ?? Wire.Name(property.Name), property, query));
            }
            else
            {
                BodyIndex[Wire.Name(property.Name)] = Body.Count;
                Body.Add((Wire.Name(property.Name), property));
            }
        }
    }

    /// <summary>Properties bound from the route.</summary>
    public List<(string Name, PropertyInfo Property)> Path { get; } = [];

    /// <summary>Properties bound from the query string.</summary>
    public List<(string Name, PropertyInfo Property, QueryAttribute Rule)> Query { get; } = [];

    /// <summary>Properties bound from the JSON body.</summary>
    public List<(string Name, PropertyInfo Property)> Body { get; } = [];

    /// <summary>Where in <see cref="Body"/> a member is; names of members are read without regard to case.</summary>
    public Dictionary<string, int> BodyIndex { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What a list is a list of; null for what is no list.</summary>
    public static Type? ElementType(Type type) => Argument(type, typeof(IReadOnlyList<>), 0) ?? Argument(type, typeof(List<>), 0);

    /// <summary>What a dictionary with texts as keys has as values; null for what is none.</summary>
    public static Type? EntryType(Type type) => Argument(type, typeof(Dictionary<,>), 1) ?? Argument(type, typeof(IReadOnlyDictionary<,>), 1);

    /// <summary>The shape of <paramref name="request"/>.</summary>
    public static RequestShape Of(Type request) => _shapes.GetOrAdd(request, static type => new RequestShape(type));

    private static Type? Argument(Type type, Type generic, int position) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[position] : null;
}
