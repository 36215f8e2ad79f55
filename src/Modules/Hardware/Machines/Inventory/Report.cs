namespace Nico.Hardware.Machines.Inventory;

/// <summary>Values of a report as the database can hold them: a site must not be able to break a page of others with one odd value.</summary>
internal static class Report
{
    /// <summary>Longest text in a column that an index or a list looks at, in characters.</summary>
    private const int ShortLength = 500;

    /// <summary>Text without U+0000, which PostgreSQL does not hold.</summary>
    public static string Text(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace("\0", "", StringComparison.Ordinal) : text;

    /// <summary>The same, cut where it is too long for an index.</summary>
    public static string Short(string text) => Text(text) is { Length: > ShortLength } long_ ? long_[..ShortLength] : Text(text);

    /// <summary>The same; null when empty.</summary>
    public static string? ShortOrNull(string? text) => string.IsNullOrEmpty(text) ? null : Short(text);

    /// <summary>Text of any length; null when empty.</summary>
    public static string? TextOrNull(string? text) => string.IsNullOrEmpty(text) ? null : Text(text);

    /// <summary>A count as <c>integer</c> can hold it.</summary>
    public static int Number(uint number) => (int)Math.Min(number, int.MaxValue);

    /// <summary>A UUID; null when it is none.</summary>
    public static Guid? Uuid(string? text) => Guid.TryParse(text, out var id) ? id : null;
}
