using System.Globalization;
using System.Text;
using Nico.SharedKernel.Limits;

namespace Nico.SharedKernel.Http;

/// <summary>Values as they stand in a path or a query string.</summary>
public static class ParameterText
{
    /// <summary>The value of <paramref name="text"/> as <paramref name="type"/>, or what is wrong with it.</summary>
    public static object? Parse(string text, Type type, out string? error)
    {
        error = null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            error = text.Contains('\0', StringComparison.Ordinal) ? "holds a character that text cannot hold (U+0000)"
                : Encoding.UTF8.GetByteCount(text) > Bound.ParameterBytes ? $"must be at most {Bound.ParameterBytes} bytes long"
                : null;
            return text;
        }

        if (type == typeof(Guid))
        {
            if (TryUuid(text, out var id))
            {
                return id;
            }

            error = "must be a UUID";
        }
        else if (type == typeof(int))
        {
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            error = "must be a whole number";
        }
        else if (type == typeof(bool))
        {
            switch (text)
            {
                case "1" or "t" or "T" or "TRUE" or "true" or "True": return true;
                case "0" or "f" or "F" or "FALSE" or "false" or "False": return false;
                default: error = "must be true or false"; break;
            }
        }
        else if (type.IsEnum)
        {
            if (EnumText.TryParse(type, text) is { } value)
            {
                return value;
            }

            error = "must be one of " + string.Join(", ", EnumText.Names(type));
        }
        else
        {
            throw new InvalidOperationException($"No parameter can be a {type}");
        }

        return null;
    }

    /// <summary>Any case, with braces, with <c>urn:uuid:</c>, or 32 digits (section 5.3).</summary>
    private static bool TryUuid(string text, out Guid id)
    {
        // Lengths, because Guid itself would let white space pass.
        var bare = text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) ? text[9..] : text;
        id = default;
        return bare.Length switch
        {
            36 => Guid.TryParseExact(bare, "D", out id),
            38 => Guid.TryParseExact(bare, "B", out id),
            32 => Guid.TryParseExact(bare, "N", out id),
            _ => false,
        };
    }
}

/// <summary>Enumerations by their wire names.</summary>
public static class EnumText
{
    /// <summary>Names in the order of declaration.</summary>
    public static IReadOnlyList<string> Names(Type type) => Enum.GetNames(type);

    /// <summary>The value called <paramref name="text"/> without regard to case, or null. Numbers are not names.</summary>
    public static object? TryParse(Type type, string text)
    {
        var name = Names(type).FirstOrDefault(n => string.Equals(n, text, StringComparison.OrdinalIgnoreCase));
        return name is null ? null : Enum.Parse(type, name);
    }
}
