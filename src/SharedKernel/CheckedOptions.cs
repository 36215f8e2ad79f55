using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Nico.SharedKernel;

/// <summary>A section of the configuration that knows which of its values make no sense.</summary>
public interface ICheckedOptions
{
    /// <summary>A sentence for each wrong value, which names its key.</summary>
    IEnumerable<string> Wrong();
}

/// <summary>Checks of configuration sections, all made alike.</summary>
public static class CheckedOptions
{
    /// <summary>The shortest time that is one.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Stops the start when a value is wrong.</summary>
    public static OptionsBuilder<T> Checked<T>(this OptionsBuilder<T> options)
        where T : class, ICheckedOptions
    {
        options.Services.AddSingleton<IValidateOptions<T>>(new Check<T>(options.Name));
        return options.ValidateOnStart();
    }

    /// <summary>A sentence for each value that is not within these bounds.</summary>
    public static IEnumerable<string> Outside<T>(string section, T least, T most, params (string Key, T Value)[] values)
        where T : IComparable<T> => values
        .Where(value => value.Value.CompareTo(least) < 0 || value.Value.CompareTo(most) > 0)
        .Select(value => value.Value.CompareTo(least) < 0
            ? FormattableString.Invariant($"{section}:{value.Key}: must be at least {least}, not {value.Value}")
            : FormattableString.Invariant($"{section}:{value.Key}: must be at most {most}, not {value.Value}"));

    private sealed class Check<T>(string name) : IValidateOptions<T>
        where T : class, ICheckedOptions
    {
        public ValidateOptionsResult Validate(string? of, T options) =>
            of != name ? ValidateOptionsResult.Skip
            : options.Wrong().ToArray() is { Length: > 0 } wrong ? ValidateOptionsResult.Fail(wrong)
            : ValidateOptionsResult.Success;
    }
}
