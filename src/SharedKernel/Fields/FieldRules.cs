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

    /// <summary>A name that is required: no outer white space, 2 to <paramref name="max"/> bytes of UTF-8, no control characters.</summary>
    public static IRuleBuilderOptions<T, string?> RequiredName<T>(this IRuleBuilderInitial<T, string?> rule, int max = 256) =>
        rule.Cascade(CascadeMode.Stop).Required().Trimmed().Bytes(2, max).Visible();

    /// <summary>A name that may be left out: the same rules when it is there.</summary>
    public static IRuleBuilderOptions<T, string?> OptionalName<T>(this IRuleBuilderInitial<T, string?> rule, int max = 256) =>
        rule.Cascade(CascadeMode.Stop).Trimmed().Bytes(2, max).Visible();

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

    /// <summary>At most 10 labels; keys of 1 to 255 ASCII characters that are not blank and can be seen, values of at most 255 bytes.</summary>
    public static void Labels<T>(this IRuleBuilderInitial<T, Dictionary<string, string>?> rule) => rule.SetValidator(new LabelsValidator<T>());

    /// <summary>Text of one line that is shown as it is: no control characters of any kind.</summary>
    public static IRuleBuilderOptions<T, string?> Visible<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => text is null || !Text.HasControls(text)).WithMessage("must not have control characters");
}

/// <summary>What labels may be, for the document: see <see cref="FieldRules.Labels{T}"/>.</summary>
public interface ILabelsValidator : IPropertyValidator
{
    /// <summary>Labels that one object may have.</summary>
    const int Most = 10;

    /// <summary>Bytes of a key, and of a value.</summary>
    const int Longest = 255;
}

internal sealed class LabelsValidator<T> : PropertyValidator<T, Dictionary<string, string>?>, ILabelsValidator
{
    public override string Name => "LabelsValidator";

    public override bool IsValid(ValidationContext<T> context, Dictionary<string, string>? value)
    {
        var wrong = value is null ? null
            : value.Count > ILabelsValidator.Most ? $"must have at most {ILabelsValidator.Most} entries"
            : value.Keys.Any(key => string.IsNullOrWhiteSpace(key) || key.Length > ILabelsValidator.Longest || !Ascii.IsValid(key) || Text.HasControls(key))
                ? $"must have keys of 1 to {ILabelsValidator.Longest} ASCII characters that are not blank, without control characters"
            : value.Values.Any(text => text is null || Encoding.UTF8.GetByteCount(text) > ILabelsValidator.Longest)
                ? $"must have values of at most {ILabelsValidator.Longest} bytes"
            : null;
        context.MessageFormatter.AppendArgument("Wrong", wrong);
        return wrong is null;
    }

    protected override string GetDefaultMessageTemplate(string errorCode) => "{Wrong}";
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
