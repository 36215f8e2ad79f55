using System.Text;

namespace Nico.SharedKernel.Lists;

/// <summary>
/// A list's <c>query</c> as SQL can use it: English full-text search for its words, or a case-insensitive substring of the
/// whole. It never fails and never ignores what was asked: an operator that makes no sense is a word.
/// Source: spec/00-conventions.md, section 8.3, and the specs' README, point 5.
/// </summary>
/// <remarks>
/// In SQL: <c>(@words::text is null or to_tsvector('english', TEXT) @@ to_tsquery('english', @words) or TEXT ilike @like)</c>.
/// </remarks>
public sealed class TextSearch
{
    /// <summary>Bytes that a word of a <c>tsquery</c> may have, with room to spare. No text that was not made for it has such a word.</summary>
    private const int LongestWord = 2000;

    private TextSearch(string? words, string? like)
    {
        Words = words;
        Like = like;
    }

    /// <summary>A <c>tsquery</c>; null when nothing is searched for.</summary>
    public string? Words { get; }

    /// <summary>A pattern for <c>ilike</c>; null when nothing is searched for.</summary>
    public string? Like { get; }

    /// <summary>Reads the parameter's text; null and blank search for nothing.</summary>
    public static TextSearch For(string? query)
    {
        var text = query?.Replace("\0", "", StringComparison.Ordinal).Trim();
        return string.IsNullOrEmpty(text) ? new(null, null) : new(TsQuery(text), "%" + EscapeLike(text) + "%");
    }

    private static string TsQuery(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var hasOperators = words.Any(IsOperator);
        var alternates = words.Length % 2 == 1 && words.Select((word, i) => IsOperator(word) == (i % 2 == 1)).All(fits => fits);
        var query = new StringBuilder();
        for (var i = 0; i < words.Length; i++)
        {
            if (hasOperators && alternates && IsOperator(words[i]))
            {
                query.Append(' ').Append(words[i]).Append(' ');
                continue;
            }

            if (query.Length > 0 && query[^1] != ' ')
            {
                query.Append(" | ");
            }

            query.Append('\'').Append(Cut(words[i]).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)).Append('\'');
        }

        return query.ToString();
    }

    private static string Cut(string word)
    {
        var bytes = 0;
        var end = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > LongestWord)
            {
                return word[..end];
            }

            end += rune.Utf16SequenceLength;
        }

        return word;
    }

    private static bool IsOperator(string word) => word is "|" or "&";

    private static string EscapeLike(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
