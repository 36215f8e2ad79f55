using System.Globalization;
using System.Text;

namespace Nico.SharedKernel.Fields;

/// <summary>Texts of others, made fit to be shown.</summary>
public static class Text
{
    private const string Ellipsis = "...";

    /// <summary>The text, cut to <paramref name="most"/> UTF-16 units at a whole character; what was cut ends with "...".</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var end = most - Ellipsis.Length;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + Ellipsis;
    }

    /// <summary>
    /// True for a character that is not seen but acts: controls, line and paragraph separators, changes of the writing direction, lone surrogates.
    /// </summary>
    public static bool IsControl(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    /// <summary>True when any character <see cref="IsControl"/>.</summary>
    public static bool HasControls(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsControl(rune))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text cut, with "?" for each control character: for log lines and messages.</summary>
    public static string Printable(string text, int most)
    {
        var cut = Cut(text, most);
        if (!HasControls(cut))
        {
            return cut;
        }

        var clean = new StringBuilder(cut.Length);
        foreach (var rune in cut.EnumerateRunes())
        {
            clean.Append(IsControl(rune) ? "?" : rune.ToString());
        }

        return clean.ToString();
    }
}
