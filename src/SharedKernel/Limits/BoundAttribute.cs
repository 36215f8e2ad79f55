using System.Collections.Concurrent;
using System.Reflection;

namespace Nico.SharedKernel.Limits;

/// <summary>
/// How much a field of a request may hold at most: bytes of UTF-8 of a text (of each text of a list), entries of a list or a dictionary.
/// A field without it has the default, so that none is without a bound.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundAttribute : Attribute
{
    /// <summary>Bytes of a text.</summary>
    public int Bytes { get; init; } = Bound.DefaultBytes;

    /// <summary>Entries of a list or a dictionary.</summary>
    public int Entries { get; init; }

    /// <summary>Name of the property of <see cref="LimitOptions"/> that tells the bytes, where an operator may set them.</summary>
    public string? Limit { get; init; }
}

/// <summary>The bound of one field.</summary>
/// <param name="Bytes">Bytes of UTF-8 that each of its texts may have.</param>
/// <param name="Entries">Entries that it may have, when it is a list or a dictionary.</param>
public sealed record Bound(int Bytes, int Entries)
{
    /// <summary>Bytes of a text that says nothing else.</summary>
    public const int DefaultBytes = 1024;

    /// <summary>Bytes of a text in a path or a query, which the line of a request bounds in any case.</summary>
    public const int ParameterBytes = 8192;

    /// <summary>Entries of a list or a dictionary in a body that says nothing else.</summary>
    public const int DefaultEntries = 100;

    /// <summary>Values of a repeated query parameter that says nothing else.</summary>
    public const int DefaultValues = 256;

    /// <summary>Longest key of a dictionary, in bytes.</summary>
    public const int KeyBytes = 255;

    // Asked for each field of each request, and always the same.
    private static readonly ConcurrentDictionary<PropertyInfo, (Bound Own, PropertyInfo? Limit)> _declared = new();

    /// <summary>The bound of <paramref name="property"/>.</summary>
    public static Bound Of(PropertyInfo property, LimitOptions limits)
    {
        var (own, limit) = _declared.GetOrAdd(property, Declared);
        return limit is null ? own : own with { Bytes = (int)limit.GetValue(limits)! };
    }

    private static (Bound Own, PropertyInfo? Limit) Declared(PropertyInfo property)
    {
        var own = property.GetCustomAttribute<BoundAttribute>();
        return (
            new Bound(own?.Bytes ?? DefaultBytes, own is { Entries: > 0 } ? own.Entries : DefaultEntries),
            own?.Limit is { } name ? typeof(LimitOptions).GetProperty(name) : null);
    }

    /// <summary>What a caller hears of a text that is too long.</summary>
    public string TooLong => $"must be at most {Bytes} bytes long";

    /// <summary>What a caller hears of too many entries.</summary>
    public string TooMany => $"must have at most {Entries} entries";
}
