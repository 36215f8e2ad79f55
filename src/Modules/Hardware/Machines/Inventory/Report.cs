using Nico.SiteLink;

namespace Nico.Hardware.Machines.Inventory;

/// <summary>Values of a report as the columns hold them. That texts are harmless is seen to where reports are read.</summary>
internal static class Report
{
    /// <summary>Longest text in a column that an index or a list looks at, in characters.</summary>
    private const int ShortLength = 500;

    /// <summary>Text, cut where it is too long for an index.</summary>
    public static string Short(string text) => SiteText.Cut(text, ShortLength);

    /// <summary>The same; null when empty.</summary>
    public static string? ShortOrNull(string? text) => string.IsNullOrEmpty(text) ? null : Short(text);

    /// <summary>Text; null when empty.</summary>
    public static string? TextOrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>A count as <c>integer</c> can hold it.</summary>
    public static int Number(uint number) => (int)Math.Min(number, int.MaxValue);

    /// <summary>A UUID; null when it is none.</summary>
    public static Guid? Uuid(string? text) => Guid.TryParse(text, out var id) ? id : null;
}
