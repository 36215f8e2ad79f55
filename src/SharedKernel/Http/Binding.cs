namespace Nico.SharedKernel.Http;

/// <summary>Fills the property from the path segment of the same name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathAttribute(string? name = null) : Attribute
{
    /// <summary>Name of the route parameter; the property's JSON name when null.</summary>
    public string? Name { get; } = name;
}

/// <summary>
/// Fills the property from the query string. A list takes every value of a repeated parameter, anything else the first
/// value; an empty value of a single parameter counts as absent. Source: spec/00-conventions.md, section 5.2.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class QueryAttribute(string? name = null) : Attribute
{
    /// <summary>Name of the parameter; the property's JSON name when null.</summary>
    public string? Name { get; } = name;

    /// <summary>Key under which an error is reported, where it is not the parameter's name.</summary>
    public string? ErrorKey { get; init; }

    /// <summary>True when an empty value is a (wrong) value and not an absent one.</summary>
    public bool KeepEmpty { get; init; }

    /// <summary>True when the parameter's name is matched without regard to case.</summary>
    public bool IgnoreCase { get; init; }
}
