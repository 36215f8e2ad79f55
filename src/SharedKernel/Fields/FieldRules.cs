using System.Text;
using FluentValidation;
using FluentValidation.Validators;

namespace Nico.SharedKernel.Fields;

/// <summary>The rules that fields of many resources share. Source: spec/00-conventions.md, section 5.4.</summary>
public static class FieldRules
{
    private const string Blank = "\t\n\f\r ";

    /// <summary>The field must be there. Also makes it required in the OpenAPI document.</summary>
    public static IRuleBuilderOptions<T, TValue> Required<T, TValue>(this IRuleBuilder<T, TValue> rule) =>
        rule.NotNull().WithMessage("is required");

    /// <summary>A name that is required: no outer white space, 2 to <paramref name="max"/> bytes of UTF-8.</summary>
    public static IRuleBuilderOptions<T, string?> RequiredName<T>(this IRuleBuilderInitial<T, string?> rule, int max = 256) =>
        rule.Cascade(CascadeMode.Stop).Required().Trimmed().Bytes(2, max);

    /// <summary>A name that may be left out: no outer white space, 2 to <paramref name="max"/> bytes of UTF-8 when it is there.</summary>
    public static IRuleBuilderOptions<T, string?> OptionalName<T>(this IRuleBuilderInitial<T, string?> rule, int max = 256) =>
        rule.Cascade(CascadeMode.Stop).Trimmed().Bytes(2, max);

    /// <summary>No white space at either end.</summary>
    public static IRuleBuilderOptions<T, string?> Trimmed<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => text is null || text.Length == 0 || !(Blank.Contains(text[0], StringComparison.Ordinal) || Blank.Contains(text[^1], StringComparison.Ordinal)))
            .WithMessage("must not begin or end with white space");

    /// <summary>Length in bytes of UTF-8.</summary>
    public static IRuleBuilderOptions<T, string?> Bytes<T>(this IRuleBuilder<T, string?> rule, int min, int max) =>
        rule.SetValidator(new BytesValidator<T>(min, max))
            .WithMessage(min == 0 ? $"must be at most {max} bytes long" : $"must be {min} to {max} bytes long");

    /// <summary>Text that a site stores as a name: ASCII only (60, section 4).</summary>
    public static IRuleBuilderOptions<T, string?> SiteText<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => text is null || Ascii.IsValid(text)).WithMessage("must have ASCII characters only: sites know no others");

    /// <summary>A UUID in lower case where the empty text has a meaning of its own.</summary>
    public static IRuleBuilderOptions<T, string?> UuidOrEmpty<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => string.IsNullOrEmpty(text) || (text.Length == 36 && Guid.TryParseExact(text, "D", out _) && !text.AsSpan().ContainsAnyInRange('A', 'F')))
            .WithMessage("must be a UUID in lower case");

    /// <summary>A description that a site stores: at most 1024 bytes.</summary>
    public static IRuleBuilderOptions<T, string?> SiteDescription<T>(this IRuleBuilder<T, string?> rule) => rule.Bytes(0, 1024);

    /// <summary>At most 10 labels; keys of 1 to 255 ASCII characters that are not blank, values of at most 255 bytes.</summary>
    public static void Labels<T>(this IRuleBuilderInitial<T, Dictionary<string, string>?> rule) =>
        rule.Custom((labels, context) =>
        {
            if (labels is null)
            {
                return;
            }

            if (labels.Count > 10)
            {
                context.AddFailure("must have at most 10 entries");
            }
            else if (labels.Keys.Any(key => string.IsNullOrWhiteSpace(key) || key.Length > 255 || !Ascii.IsValid(key)))
            {
                context.AddFailure("must have keys of 1 to 255 ASCII characters that are not blank");
            }
            else if (labels.Values.Any(value => value is null || Encoding.UTF8.GetByteCount(value) > 255))
            {
                context.AddFailure("must have values of at most 255 bytes");
            }
        });
}

/// <summary>The length of a text in bytes of UTF-8; the OpenAPI document tells it as a length.</summary>
internal sealed class BytesValidator<T>(int min, int max) : PropertyValidator<T, string?>, ILengthValidator
{
    public override string Name => "BytesValidator";

    public int Min => min;

    public int Max => max;

    public override bool IsValid(ValidationContext<T> context, string? value) =>
        value is null || (Encoding.UTF8.GetByteCount(value) is var length && length >= min && length <= max);
}
