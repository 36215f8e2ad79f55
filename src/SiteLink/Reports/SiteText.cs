using System.Text;
using Nico.SharedKernel.Fields;

namespace Nico.SiteLink;

/// <summary>Text that a site sent, made harmless: as long as may be, in whole characters, and such that the database and a terminal can hold it.</summary>
public static class SiteText
{
    /// <summary>Longest text of a site that is kept, in characters.</summary>
    public const int Longest = 1000;

    /// <summary>Longest text of a health alert, in bytes.</summary>
    public const int LongestAlert = 4096;

    /// <summary>Ends a text that was cut.</summary>
    public const string CutMark = "… (cut)";

    /// <summary>The text without control characters (but tabs and line ends) and lone surrogates, cut to <paramref name="most"/> characters.</summary>
    public static string Of(string text, int most = Longest) => Cut(IsClean(text) ? text : Clean(text), most);

    /// <summary>The text in at most <paramref name="most"/> characters, of which the last ones say so when it was cut.</summary>
    public static string Cut(string text, int most = Longest) => Text.Cut(text, most, CutMark);

    /// <summary>The same with a limit in bytes of UTF-8.</summary>
    public static string CutBytes(string text, int most) => Text.CutBytes(text, most, CutMark);

    /// <summary>True for a text without control characters, other than tabs and line ends, and without lone surrogates.</summary>
    public static bool IsClean(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsBad(text[i]))
            {
                return false;
            }

            if (char.IsSurrogate(text[i]))
            {
                if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                {
                    return false;
                }

                i++;
            }
        }

        return true;
    }

    private static bool IsBad(char c) => char.IsControl(c) && c is not ('\t' or '\n' or '\r');

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!(rune.IsBmp && IsBad((char)rune.Value)))
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }
}
