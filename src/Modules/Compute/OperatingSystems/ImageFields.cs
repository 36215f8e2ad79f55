using System.Text.RegularExpressions;
using FluentValidation;

namespace Nico.Compute.OperatingSystems;

/// <summary>A parameter or an artifact of a boot template, as far as it is looked at.</summary>
public sealed record IpxeTemplatePart
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }
}

/// <summary>The rules for the fields of an image that its making and its changes share. Source: spec/32-operating-system.md, section 3.</summary>
internal static partial class ImageFields
{
    public static IRuleBuilderOptions<T, TValue> NoTemplate<T, TValue>(this IRuleBuilder<T, TValue> rule) =>
        rule.Null().WithMessage("must be absent: there are no boot templates");

    public static IRuleBuilderOptions<T, string?> ImageUrl<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(url => url is null || IsUrl(url)).WithMessage("must be an http, https or ftp URL");

    public static IRuleBuilderOptions<T, string?> ImageSha<T>(this IRuleBuilderInitial<T, string?> rule) =>
        rule.Cascade(CascadeMode.Stop)
            .Must(sha => !string.IsNullOrEmpty(sha)).WithMessage("is required for an image")
            .Must(sha => Hexadecimal().IsMatch(sha!)).WithMessage("must be hexadecimal");

    public static IRuleBuilderOptions<T, string?> ImageAuthType<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(type => type is null or "" or "Basic" or "Bearer").WithMessage("must be Basic or Bearer");

    public static IRuleBuilderOptions<T, string?> ImageDisk<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(disk => string.IsNullOrEmpty(disk) || Disk().IsMatch(disk)).WithMessage("must be a disk such as /dev/nvme0n1 or /dev/sda");

    private static bool IsUrl(string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https" or "ftp"
        && url.Host.Length > 0;

    [GeneratedRegex("^[A-Fa-f0-9]+\\z")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex("^/dev/(nvme[0-9]+n[0-9]+|sd[a-z]+)\\z")]
    private static partial Regex Disk();
}
