using System.Text;
using System.Text.RegularExpressions;

namespace Nico.SharedKernel.Secrets;

/// <summary>Passwords and tokens that stand in URLs: masked in whatever is kept or logged of a request.</summary>
public static class UrlSecrets
{
    private const string Mask = "***";

    // Not backtracking: the time is linear in the text, whatever a caller has written there.
    private static readonly Regex _userInfo = new(@"//[^/\\?#\s]*@", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    private static readonly Regex _query = new(@"//[^\s?#]*[?#]\S*", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary><paramref name="text"/> with the user information, and the values of query and fragment, of every URL in it masked.</summary>
    public static string Masked(string text) => text.Contains("//", StringComparison.Ordinal)
        ? _query.Replace(_userInfo.Replace(text, $"//{Mask}@"), MaskedQuery)
        : text;

    private static string MaskedQuery(Match url)
    {
        var start = url.ValueSpan.IndexOfAny('?', '#');
        var masked = new StringBuilder(url.Length).Append(url.ValueSpan[..start]);
        while (start < url.Length)
        {
            // One separator, then a name and a value, or a value alone.
            masked.Append(url.ValueSpan[start++]);
            var rest = url.ValueSpan[start..];
            var end = rest.IndexOfAny("&;?#");
            var part = end < 0 ? rest : rest[..end];
            var name = part.IndexOf('=');
            masked.Append(part[..(name + 1)]).Append(part.Length > name + 1 ? Mask : "");
            start += part.Length;
        }

        return masked.ToString();
    }
}
