using System.Text.Json;

namespace Nico.Host.Authentication;

/// <summary>Reads claims out of a token's payload.</summary>
internal static class Claims
{
    /// <summary>The claim at a dot-separated path; a claim whose own name is the whole path comes first.</summary>
    public static JsonElement? At(this JsonElement payload, string path)
    {
        if (payload.TryGetProperty(path, out var whole))
        {
            return whole;
        }

        var element = payload;
        foreach (var step in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return null;
            }
        }

        return element;
    }

    /// <summary>The claim's text, or null when it is absent, blank or no text.</summary>
    public static string? Text(this JsonElement payload, string path) =>
        payload.At(path) is { ValueKind: JsonValueKind.String } element && element.GetString() is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : null;

    /// <summary>The first of the claims that has a text.</summary>
    public static string? FirstText(this JsonElement payload, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (payload.Text(name) is { } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>A list as an array, as a JSON array in a text, or separated by commas, semicolons or white space.</summary>
    public static IReadOnlyList<string> List(JsonElement? claim)
    {
        switch (claim)
        {
            case { ValueKind: JsonValueKind.Array } array:
                return [.. array.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
            case { ValueKind: JsonValueKind.String } element when element.GetString() is { } text:
                if (text.TrimStart().StartsWith('['))
                {
                    try
                    {
                        using var inner = JsonDocument.Parse(text);
                        return List(inner.RootElement.Clone());
                    }
                    catch (JsonException)
                    {
                        // Then it is a plain text that begins with a bracket.
                    }
                }

                char[]? separators = text.Contains(',', StringComparison.Ordinal) ? [','] : text.Contains(';', StringComparison.Ordinal) ? [';'] : null;
                return text.Split(separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            default:
                return [];
        }
    }
}
