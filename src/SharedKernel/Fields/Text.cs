using System.Globalization;
using System.Text;

namespace Nico.SharedKernel.Fields;

/// <summary>Texts of others, made fit to be shown.</summary>
public static class Text
{
    private const string Ellipsis = "...";

    /// <summary>
    /// The text in at most <paramref name="most"/> UTF-16 units, of which the last ones are the mark when it was cut. No character is taken apart.
    /// </summary>
    public static string Cut(string text, int most, string mark = Ellipsis)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var end = most - mark.Length;
        var length = 0;
        while (length < end)
        {
            // What is one character to a reader may be several here; one that never ends is taken apart all the same.
            var next = StringInfo.GetNextTextElementLength(text.AsSpan(length, Math.Min(256, text.Length - length)));
            if (length + next > end)
            {
                break;
            }

            length += next;
        }

        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + mark;
    }

    /// <summary>The same with a limit in bytes of UTF-8.</summary>
    public static string CutBytes(string text, int most, string mark = Ellipsis)
    {
        if (text.Length <= most / 3 || Encoding.UTF8.GetByteCount(text) <= most)
        {
            return text;
        }

        var left = most - Encoding.UTF8.GetByteCount(mark);
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            left -= rune.Utf8SequenceLength;
            if (left < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length] + mark;
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
